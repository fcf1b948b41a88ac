"""A server for one page, to this machine alone.

The address has a token that nobody can guess, and requests must name this machine as
their host: so neither another user's programs nor a page from elsewhere, open in the
same browser, can read it.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Self

HOST = "127.0.0.1"
FILES = {  # what the page consists of, each with its type
    "": ("page.html", "text/html; charset=utf-8"),
    "page.js": ("page.js", "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "img-src data:; "
    "style-src 'self'; connect-src 'self'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

State = Callable[[int], bytes]  # what is newer than a version, as JSON


class Server:
    """A server in threads of its own, as a context; `address` is where the page is."""

    def __init__(self, state: State) -> None:
        self.token = secrets.token_urlsafe(16)
        handler = type("Handler", (Handler,), {"state": staticmethod(state)})
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._server.daemon_threads = False  # the last answers are sent
        self._server.token = self.token  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where the page is, with the token."""
        return f"http://{HOST}:{self._server.server_port}/{self.token}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()  # waits for answers that are on their way
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers GET with a file of the page or the state of the run, else 404."""

    state: State
    server: Any
    timeout = 2.0  # seconds for a request to arrive

    def do_GET(self) -> None:
        """Answer a request."""
        path, _, query = self.path.partition("?")
        name = self._asked_for(path)
        if name == "state" and query.removeprefix("seen=").isdecimal():
            self._send(self.state(int(query.removeprefix("seen="))), "application/json")
        elif name in FILES:
            file, kind = FILES[name]
            self._send(resources.files(__package__).joinpath(file).read_bytes(), kind)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _asked_for(self, path: str) -> str | None:
        """The name after the token; None for a wrong token, or for another host."""
        start, _, name = path.rpartition("/")
        port = self.server.server_port
        known = {f"{HOST}:{port}", f"localhost:{port}"}
        right = hmac.compare_digest(start.encode(), f"/{self.server.token}".encode())
        return name if right and self.headers.get("Host") in known else None

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def version_string(self) -> str:
        """The server says nothing of itself."""
        return "nets"

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is printed between the lines of the training."""
