"""A way to the site that can really be cut, and tickets before a camera."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path

import segno

from embedded.processes import free_port


class Cable:
    """A port of this machine that leads to the site while it is plugged in. Pulled, the port is closed: nobody listens."""

    def __init__(self, target: int):
        self.target = target
        self.port = free_port(13_000 + os.getpid() % 1_000)  # below those the system hands out: it must be free again when it is plugged in
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.plug()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def plug(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def pull(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
            self._open.discard(end)


def film_of(text: str, path: Path, *, side: int = 480) -> Path:
    """What a camera sees that looks at a QR code of `text`, as a film Chromium can be given for one (Y4M)."""
    rows = [bytes(0 if dark else 255 for dark in row) for row in segno.make(text, error="m").matrix_iter(scale=8, border=8)]
    width, high = side * 4 // 3, side
    left, top = (width - len(rows[0])) // 2, (high - len(rows)) // 2
    blank = bytes([230]) * width
    picture = b"".join([blank * top, *(bytes([230]) * left + row + bytes([230]) * (width - left - len(row)) for row in rows), blank * (high - top - len(rows))])
    colour = bytes([128]) * (width * high // 4)
    frame = b"FRAME\n" + picture + colour * 2
    path.write_bytes(f"YUV4MPEG2 W{width} H{high} F10:1 Ip A1:1 C420mpeg2\n".encode() + frame * 5)
    return path
