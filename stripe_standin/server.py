"""Serves a WSGI application from one process, one thread for each connection.

Why neither gunicorn nor Werkzeug's own: the first serves from a child, which outlives a `kill -9` of its parent for a moment and
takes the store along; the second closes every connection, while Stripe's library keeps them open.
"""

from __future__ import annotations

import io
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask

LARGEST_READ = 4_000_000  # bytes of a body; the application refuses smaller ones already, in Stripe's words
CUT = "stand_in.cut"  # set in the environ by a request whose caller is to hear nothing


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave as one write
    timeout = 300
    server: Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline:
            self.close_connection = True
        elif self.parse_request():
            self._serve()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # the other side went away
            self.close_connection = True

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_READ or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.send_error(413 if length.isdigit() else 400)
            self.close_connection = True
            return
        environ = self._environ(self.rfile.read(int(length)))
        status, headers = "", []

        def start(given: str, fields: list[tuple[str, str]], problem: Any = None) -> Any:
            nonlocal status, headers
            status, headers = given, fields

        answer = self.server.app.wsgi_app(environ, start)
        body = b"".join(answer)
        if close := getattr(answer, "close", None):
            close()
        if environ.get(CUT):
            self.close_connection = True
            return
        code, _, words = status.partition(" ")
        self.send_response_only(int(code), words)
        self.send_header("Server", "stripe-stand-in")
        self.send_header("Date", self.date_time_string())
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
        return environ


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, app: Flask, line: socket.socket) -> None:
        self.app = app
        super().__init__(line.getsockname()[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = line
        self.server_name, self.server_port = line.getsockname()[:2]
