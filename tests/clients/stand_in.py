"""The feed as its documents describe it, in this process: what a subscriber does when the platform does something rare.

The cursor is the position; `history` are the CloudEvents in order of it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token"  # noqa: S105  # made up


class Feed(ThreadingHTTPServer):
    """One subscription; `refusals` are answered once each instead of the next page."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.history: list[dict[str, Any]] = []
        self.snapshot: list[dict[str, Any]] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.kafka: dict[str, str] = {}
        self.asked: list[str] = []
        self.stream_ends_after = 1_000_000
        self.changed = Condition()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def publish(self, events: Sequence[dict[str, Any]]) -> None:
        """Something happened; whoever listens is told."""
        with self.changed:
            self.history += events
            self.changed.notify_all()

    def after(self, position: int) -> dict[str, Any]:
        """The next event, once there is one."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.history) > position)
            return self.history[position]


class Answer(BaseHTTPRequestHandler):
    server: Feed

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert form["grant_type"] == ["client_credentials"]
        self._json(200, {"access_token": TOKEN, "expires_in": 300})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        name = url.path.rpartition("/")[2]
        self.server.asked.append(name)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._json(401, {"code": "unauthenticated"})
        elif name in ("events", "stream") and self.server.refusals:
            self._json(*self.server.refusals.pop(0))
        elif name == "events":
            self._page(int(query.get("after", 0)), int(query["limit"]))
        elif name == "stream":
            self._stream(int(self.headers.get("Last-Event-ID", 0)))
        elif name == "snapshot":
            lines = (json.dumps(line) for line in self.server.snapshot)
            self._send(200, "application/x-ndjson", "\n".join(lines) + "\n")
        elif name == "kafka":
            self._json(200, self.server.kafka)

    def _page(self, after: int, limit: int) -> None:
        events = self.server.history[after : after + limit]
        upto = after + len(events)
        more = upto < len(self.server.history)
        self._json(200, {"events": events, "cursor": str(upto), "more": more})

    def _stream(self, position: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b": keep-alive\n\n")
        end = position + self.server.stream_ends_after
        while position < end:
            event = self.server.after(position)
            position += 1
            text = f"id: {position}\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n"
            self.wfile.write(text.encode())

    def _json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(body))

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The test's output is not its log."""


@contextmanager
def stand_in() -> Iterator[Feed]:
    """A feed that listens on a free port."""
    with Feed() as feed:
        thread = Thread(target=feed.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield feed
        finally:
            feed.shutdown()
            thread.join()


def outside(feed: Feed) -> dict[str, str]:
    """What a subscriber is told of it."""
    return {
        "FEED_URL": feed.address,
        "FEED_SUBSCRIPTION": "5f6c2f5e-2a5c-4f0f-8f0e-3c5f8d5f7a11",
        "TOKEN_URL": f"{feed.address}/token",
        "CLIENT_ID": "tenant-client",
        "CLIENT_SECRET": "secret",
    }
