"""A trainer's petition for a workshop, and an approval that ended, as the demonstration shows them. Safe to repeat."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from accounts.models import User
from core import clock
from credits.models import Accreditation, Activity, Board, Dossier
from credits.petitions.services import make_petition, request_petition
from credits.services import add_licence, save_accreditation

WORDS = (
    "I train runners and climbers. From the workshop I use what it teaches of the muscles around the knee and hip, the stretches that follow a release, and "
    "the exercises that keep it; hands-on release I leave to the massage therapist I work with."
)


def make_petition_and_gap(*, trainer: User, officer: User) -> None:
    """`trainer` attended a workshop; their certification's body has not approved it. A state's approval of the same workshop ended."""
    dossier = Dossier.objects.filter(user=trainer).select_related("activity").order_by("pk").first()
    if dossier is None:
        return
    ace = Board.objects.get(code="ace")
    add_licence(user=trainer, board=ace, number="T000000", issued_on=date(2025, 9, 30))
    pack = request_petition(dossier=dossier, board=ace, words=WORDS)
    make_petition(pack=pack, making=pack.making)
    _lapsed_approval(dossier.activity, officer)


def _lapsed_approval(activity: Activity, officer: User) -> None:
    if activity.accreditations.filter(board__code="us_tx_massage").exists():
        return
    values = {
        "activity": activity,
        "board": Board.objects.get(code="us_tx_massage"),
        "approved_title": activity.title,
        "units": Decimal(6),
        "mode": "in_person_hands_on",
        "category_split": [{"category": "technique", "units": "6"}],
        "approval_number": "EXAMPLE-TX",
        "provider_name": "SMRT School",
        "provider_number": "EXAMPLE-000000",
        "valid_from": date(2025, 1, 1),
        "valid_to": clock.now().date() - timedelta(days=30),
        "status": Accreditation.Status.IN_FORCE,
    }
    save_accreditation(officer=officer, values=values)
