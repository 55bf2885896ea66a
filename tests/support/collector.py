"""A collector of traces: an OTLP endpoint over HTTP, in this process, that keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PATH = "/v1/traces"


@dataclass(frozen=True)
class Seen:
    """A span as a collector sees it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]
    links: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, service: str, span: Any) -> "Seen":
        """From the protocol's message; `text` is all of it, to be searched."""
        return cls(
            service=service,
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            attributes={each.key: _text(each.value) for each in span.attributes},
            links=tuple(each.span_id.hex() for each in span.links),
            text=str(span),
        )

    @property
    def step(self) -> tuple[str, str, str]:
        """What was done to an event, and where; of a request its name."""
        event_type = self.attributes.get("cloudevents.event_type")
        operation = self.attributes.get("messaging.operation.name", self.name)
        return operation, event_type or "", self.service


@dataclass
class Collector:
    """What has been sent, in the order of its coming."""

    spans: list[Seen] = field(default_factory=list)
    address: str = ""

    def take(self, body: bytes) -> None:
        """One export of a process."""
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {each.key: _text(each.value) for each in of_resource.resource.attributes}
            for of_scope in of_resource.scope_spans:
                self.spans += [Seen.of(names["service.name"], each) for each in of_scope.spans]

    def trace_of(self, step: tuple[str, str, str], conversation: str) -> list[Seen]:
        """Every span of the trace in which something was done to an event of a conversation."""
        ids = {
            each.trace_id
            for each in self.spans
            if each.step == step
            and each.attributes.get("messaging.message.conversation_id") == conversation
        }
        return [each for each in self.spans if each.trace_id in ids]


def _text(value: Any) -> str:
    return str(getattr(value, value.WhichOneof("value")))


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens on a free port."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server calls
            assert self.path == PATH, self.path
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """The test's output is not its log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
