"""`python -m stripe_standin`: serve on this machine only, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

from stripe_standin import deliveries
from stripe_standin.app import create_app
from stripe_standin.server import Server


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(prog="stripe_standin", description="A stand-in for Stripe's API. No money moves.")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--port", type=int, help="listen on this port of 127.0.0.1")
    place.add_argument("--fd", type=int, help="listen on this socket, inherited from the parent process")
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps its state")
    parser.add_argument("--webhook", metavar="URL", help="send events there")
    parser.add_argument("--secret", default="whsec_standin", help="and sign them with this")
    chosen = parser.parse_args()
    app = create_app(chosen.data)
    stand_in = app.extensions["stand_in"]
    if chosen.webhook:
        deliveries.listen(stand_in.store, chosen.webhook, chosen.secret)
    line = socket.create_server(("127.0.0.1", chosen.port), backlog=512) if chosen.fd is None else socket.socket(fileno=chosen.fd)
    stand_in.store.pages = f"http://127.0.0.1:{line.getsockname()[1]}"
    signal.signal(signal.SIGTERM, _interrupted)
    stand_in.courier.start()
    server = Server(app, line)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        stand_in.courier.stop()
        stand_in.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
