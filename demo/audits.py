"""An audit of the demonstration's workshop: the pack the officer made for it, and the hold that keeps its records meanwhile."""

from __future__ import annotations

from accounts.models import User
from credits.audits.services import make_pack, request_pack
from credits.models import Activity, AuditPack, Board, Dossier, LegalHold
from credits.retention.holds import place_hold

LETTER = "Florida Board of Massage Therapy, letter 2026-113"


def make_audit(*, officer: User) -> None:
    """Safe to repeat: what was asked for is asked for once."""
    board = Board.objects.get(code="us_fl_massage")
    if not AuditPack.objects.exists() and Dossier.objects.filter(awards__board=board).exists():
        make_pack(pack=request_pack(officer=officer, purpose=LETTER, board=board))
    attended = Activity.objects.filter(kind=Activity.Kind.WORKSHOP, dossiers__awards__board=board).first()
    if attended and not LegalHold.objects.exists():
        place_hold(officer=officer, reason=f"{LETTER}: keep everything until the audit is closed", activity=attended)
