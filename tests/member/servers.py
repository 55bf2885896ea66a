"""A name server and a web server of a tenant's, on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dnslib import QTYPE, RCODE, RR, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


@dataclass
class Zone(BaseResolver):  # type: ignore[misc]  # the library is untyped
    """What the name server says: TXT records, addresses, and names that make it fail."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    address: str = ""

    def resolve(self, request: DNSRecord, _handler: object) -> DNSRecord:
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        reply = request.reply()
        if name in self.failing:
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in self.texts and name not in self.addresses:
            reply.header.rcode = RCODE.NXDOMAIN
        elif kind == "TXT":
            for text in self.texts.get(name, ()):
                parts = [text[start : start + 200].encode() for start in range(0, len(text), 200)]
                reply.add_answer(RR(name, QTYPE.TXT, rdata=TXT(parts), ttl=1))
        elif kind == "A":
            for address in self.addresses.get(name, ()):
                reply.add_answer(RR(name, QTYPE.A, rdata=A(address), ttl=1))
        return reply


@contextmanager
def name_server() -> Iterator[Zone]:
    """A real DNS server, whose answers a test changes as it goes."""
    zone = Zone()
    server = DNSServer(zone, port=0, address="127.0.0.1", logger=DNSLogger("-"))
    host, port = server.server.server_address
    zone.address = f"{host}:{port}"
    server.start_thread()
    try:
        yield zone
    finally:
        server.stop()
        server.server.server_close()


@dataclass
class Site:
    """Documents by path; a path may also answer with a status and a place to go to."""

    address: str = ""
    documents: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)


@contextmanager
def web_server() -> Iterator[Site]:
    """A real web server, whose documents a test changes as it goes."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in site.redirects:
                self.send_response(302)
                self.send_header("Location", site.redirects[self.path])
                self.end_headers()
                return
            document = site.documents.get(self.path)
            self.send_response(404 if document is None else 200)
            self.end_headers()
            self.wfile.write(document or b"")

        def log_message(self, *_parts: object) -> None:
            """A test's output stays clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
