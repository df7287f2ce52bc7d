"""A transcode whose one piece made the files of a folder, with the facts a worker would have told."""

import hashlib
from dataclasses import astuple
from pathlib import Path
from typing import Any

from django.utils import timezone

from streaming.models import Piece, Transcode, VideoAsset
from streaming.pipeline.boxes import read_init, read_segment


def transcode_of(asset: VideoAsset, folder: Path, **values: Any) -> Transcode:
    transcode = Transcode.objects.create(asset=asset, **({"take": 1, "release": asset.release} | values))
    facts = {"tracks": {rung.name: _facts(rung) for rung in folder.iterdir() if (rung / "init.mp4").exists()}}
    Piece.objects.create(transcode=transcode, kind=Piece.Kind.PICTURE, number=0, spec={}, facts=facts, done_at=timezone.now())
    return transcode


def _facts(folder: Path) -> dict[str, Any]:
    init = (folder / "init.mp4").read_bytes()
    head, segments = read_init(init), [read_segment(file.read_bytes()) for file in sorted(folder.glob("seg_*.m4s"))]
    return {
        "first_segment": 0,
        "codec": head.codec,
        "timescale": head.timescale,
        "init_sha256": hashlib.sha256(init).hexdigest(),
        "init_size": len(init),
        "channels": 0,
        "segments": [list(astuple(segment)) for segment in segments],
    }
