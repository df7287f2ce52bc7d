"""What workers do for one film: read it and cut it into pieces, make a piece, finish. Each step bears being killed anywhere and run again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.jobs import PermanentFailure
from streaming.models import Piece, Transcode
from streaming.pipeline.encode import encode_piece, encode_sound
from streaming.pipeline.pieces import PieceSpec, pieces_of
from streaming.pipeline.plan import Plan, plan_for
from streaming.pipeline.prepare import prepare as rewrite_for_cuts
from streaming.pipeline.probe import Refused, probe_file
from streaming.pipeline.sandbox import private_folder
from streaming.services.chapters import import_chapters
from streaming.services.editions import publish, publish_whole, whole
from streaming.services.sources import bring_original, bring_source, forget_sources
from streaming.services.stills import make_stills
from streaming.services.transcode import begin, cut_into_pieces, queue_pieces, sweep_up
from streaming.stores import store

CONTENT_TYPES = {".m4s": "video/iso.segment", ".mp4": "video/mp4"}

Report = Callable[[int, str], None]  # percent, stage; raises when another worker has the job


class Dropped(Exception):
    """The transcode is no longer wanted: deleted, asked for anew, or given up because of another piece."""


def prepare(*, transcode_id: int, folder: str, report: Report) -> None:
    """Probe the original and queue its pieces. Raises PermanentFailure with a sentence when the file is to blame."""
    transcode = begin(transcode=transcode_id)
    if transcode is None or transcode.state != Transcode.State.WAITING:
        return
    report(1, _("Reading the file"))
    with private_folder(settings.WORK_DIR / "transcode") as work:
        source, exact = work / "in" / "source", work / "exact" / "source"
        source.parent.mkdir()
        exact.parent.mkdir()
        bring_original(transcode=transcode, target=source)
        source_key = ""
        try:
            probe = probe_file(source)
            if rewrite_for_cuts(probe, source, exact):
                report(50, _("Reading the file"))
                probe = probe_file(exact)
                source_key = f"{folder}-exact"
                store().put_file(source_key, exact, "application/octet-stream")
            plan = plan_for(probe)
        except Refused as refused:
            raise PermanentFailure(refused.message) from refused
    if not cut_into_pieces(transcode=transcode_id, plan=plan, specs=pieces_of(plan), source_key=source_key) and source_key:
        store().delete_tree(source_key)


def make_piece(*, transcode_id: int, number: int, folder: str, report: Report) -> None:
    """Make one piece, put its files into the release and let players see them."""
    transcode = begin(transcode=transcode_id)
    piece = transcode.pieces.filter(number=number).first() if transcode else None
    try:
        if transcode is None or piece is None:
            raise Dropped
        if piece.done_at is None:
            _make(transcode, piece, report)
    except Dropped:
        sweep_up(folder=folder)
    except Refused as refused:
        raise PermanentFailure(refused.message) from refused
    else:
        publish(transcode=transcode_id)


def _make(transcode: Transcode, piece: Piece, report: Report) -> None:
    plan, spec = Plan.from_json(transcode.plan), PieceSpec.from_json(piece.spec)
    stage = _("Encoding the sound") if piece.kind == Piece.Kind.SOUND else _("Encoding the picture")

    def tell(share: float) -> None:
        if not Transcode.objects.filter(pk=transcode.pk, state=Transcode.State.WORKING).exists():
            raise Dropped
        report(round(share * 95), stage)

    tell(0.0)
    with private_folder(settings.WORK_DIR / "transcode") as work:
        source, made = work / "in" / "source", work / "out"
        source.parent.mkdir()
        made.mkdir()
        bring_source(transcode=transcode, target=source)
        encode = encode_sound if piece.kind == Piece.Kind.SOUND else encode_piece
        facts = encode(plan, spec, source, made, tell)
        _keep(made, transcode.folder, lambda: tell(1.0))
    _note_done(transcode.pk, piece.pk, facts)


def _keep(made: Path, folder: str, before_each: Callable[[], None]) -> None:
    """Under their final names. No playlist names them before the piece is marked done, so a repeat may write them again.

    A worker that stood still meanwhile must not: `before_each` raises when another one has the piece, and may have finished it.
    """
    for path in sorted(path for path in made.rglob("*") if path.is_file()):
        before_each()
        key = f"{folder}/{path.relative_to(made).as_posix()}"
        if path.name != "init.mp4" or store().stat(key) is None:  # the same bytes from every piece of a rung
            store().put_file(key, path, CONTENT_TYPES[path.suffix])


def _note_done(transcode_id: int, piece_id: int, facts: dict[str, object]) -> None:
    with transaction.atomic():
        transcode = Transcode.objects.select_for_update(no_key=True).select_related("asset").filter(pk=transcode_id, state=Transcode.State.WORKING).first()
        if transcode is None:
            raise Dropped
        Piece.objects.filter(pk=piece_id, done_at__isnull=True).update(facts=facts, done_at=clock.now())
        queue_pieces(transcode)


def finish(*, transcode_id: int, folder: str, report: Report) -> None:
    """Check the whole film, make its still pictures, and publish what is final."""
    transcode = begin(transcode=transcode_id)
    if transcode is None:  # done by a worker that died before it said so, or dropped
        forget_sources(release=folder.rpartition("/")[2])
        sweep_up(folder=folder)
        return
    if transcode.pieces.filter(done_at__isnull=True).exists():
        return  # queued in a round before this one
    report(10, _("Checking"))
    try:
        tracks = whole(transcode)
    except Refused as refused:
        raise PermanentFailure(refused.message) from refused
    report(30, _("Choosing pictures for the cover and the bar"))
    make_stills(transcode=transcode)
    if transcode.take == 1:  # later, a film without chapters is one whose chapters staff removed
        plan = Plan.from_json(transcode.plan)
        import_chapters(asset=transcode.asset, marks=plan.probe.raw["chapters"], duration_ms=round(plan.duration * 1000))
    report(80, _("Publishing"))
    digest = transcode.asset.sha256 or _original_digest(transcode)
    publish_whole(transcode=transcode_id, tracks=tracks, sha256=digest)
    forget_sources(release=transcode.release)


def _original_digest(transcode: Transcode) -> str:
    with private_folder(settings.WORK_DIR / "transcode") as work:
        bring_original(transcode=transcode, target=work / "source")
        with (work / "source").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
