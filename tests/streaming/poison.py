"""Loaded into a worker by a test: making one piece of one film kills the process that does it."""

import os
import signal

from streaming.models import Transcode
from streaming.services import making

_make = making._make


def poisoned(transcode: Transcode, piece, report) -> None:
    if str(transcode.asset_id) == os.environ["POISONED_ASSET"] and piece.number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    _make(transcode, piece, report)


making._make = poisoned
