"""A strict stand-in for systems of others, over a real socket: what it is asked and what it answers are plain lists."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


Answer = tuple[int, bytes | str, dict[str, str]]


@dataclass
class StandIn:
    """A server: `answers` come first, one a request; then `answer`, which may look at the request."""

    answer: Callable[[Asked], Answer | tuple[int, bytes | str]] = lambda asked: (404, "")
    answers: list = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    base: str = ""

    def take(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        answer = self.answers.pop(0) if self.answers else self.answer(asked)
        return (*answer, {}) if len(answer) == 2 else answer


DROP = (0, "", {})
"""An answer that isn't: the connection ends."""
DRIP = (-1, "", {})
"""An answer of which a byte comes now and then, without end."""


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in))
    server.daemon_threads = True
    stand_in.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield stand_in
    server.shutdown()
    server.server_close()


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, parts.path, query, dict(self.headers.items()), body)
            status, content, headers = stand_in.take(asked)
            if status == DROP[0]:
                self.connection.close()
            elif status == DRIP[0]:
                self._drip()
            else:
                self._send(status, content.encode() if isinstance(content, str) else content, headers)

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _drip(self) -> None:
            """Headers without an end."""
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    self.wfile.write(b"X")
                    self.wfile.flush()
                    time.sleep(0.02)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = _do

        def log_message(self, *arguments) -> None:
            pass

    return Handler
