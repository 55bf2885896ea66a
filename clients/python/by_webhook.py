"""Receive the feed as webhooks: `python -m clients.python.by_webhook`, behind a proxy that ends TLS.

A call is answered with 204 once its event is on the disk. Any other answer, or none, and the platform tries
again: nothing is lost while this program is down.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

from .platform import Platform, open_store
from .store import CloudEvent, Store

MAX_BODY_BYTES = 512 * 1024
VERIFICATION, TEST = "endpoint.verification.v1", "endpoint.test.v1"


class Receiver(ThreadingHTTPServer):
    """Takes calls that are signed with the endpoint's secret."""

    def __init__(self, port: int, secret: str, store: Store) -> None:
        self.webhook, self.store = Webhook(secret), store
        super().__init__(("127.0.0.1", port), Call)


class Call(BaseHTTPRequestHandler):
    """One call of the platform."""

    server: Receiver

    def do_POST(self) -> None:  # the name that http.server calls
        """Verify first: what is not signed is nobody's event."""
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(min(length, MAX_BODY_BYTES))
        try:
            self.server.webhook.verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            self._answer(400)
            return
        event: CloudEvent = json.loads(body)
        if event["type"] == VERIFICATION:
            self._answer(200, json.dumps({"code": event["data"]["code"]}).encode())
            return
        if event["type"] != TEST:
            self.server.store.take([event])
        self._answer(204)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The proxy in front keeps a log."""


def main() -> None:
    """Serve until it is ended."""
    store = open_store(Platform())
    port, secret = int(os.environ["WEBHOOK_PORT"]), os.environ["WEBHOOK_SECRET"]
    with Receiver(port, secret, store) as receiver:
        receiver.serve_forever()


if __name__ == "__main__":
    main()
