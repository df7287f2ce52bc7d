"""People who renew with several boards at several times, so that the officers' dashboards show what they show at a school."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services import confirm_legal_name
from credits.batch.snapshots import refresh_person
from credits.models import Board, StandingMark
from credits.selectors import school_today
from credits.services import add_licence, save_credential
from demo import content


@dataclass(frozen=True)
class Renewal:
    """`card_days` and `licence_days` count from today to the end of a CPR card and of the licence."""

    name: str
    board: str
    number: str
    jurisdiction: str
    issued_on: date
    card_days: int = 0
    licence_days: int = 0


RENEWALS = (
    Renewal("Alma Reyes", "us_fl_massage", "MA 10001", "US-FL", date(2014, 6, 2), card_days=21),
    Renewal("Ben Okoye", "us_fl_massage", "MA 10002", "US-FL", date(2021, 2, 18), licence_days=281),
    Renewal("Carla Nguyen", "us_ga_massage", "MT 20001", "US-GA", date(2018, 9, 30), card_days=64),
    Renewal("Dev Patel", "us_ne_massage", "3001", "US-NE", date(2016, 4, 11), licence_days=58),
    Renewal("Elif Kaya", "us_tx_massage", "MT 40001", "US-TX", date(2019, 12, 5), licence_days=12),
    Renewal("Finn O’Hara", "ncbtmb_bc", "500001", "", date(2023, 1, 20), card_days=9),
    Renewal("Grace Lin", "ncbtmb_bc", "500002", "", date(2024, 12, 30)),
    Renewal("Hana Sato", "us_ct_massage", "6001", "US-CT", date(2015, 5, 7), licence_days=37),
)


def make_renewals() -> None:
    """Put the people, their licences and cards on record, and work out where they stand. Safe to repeat."""
    today = school_today()
    for number, row in enumerate(RENEWALS, start=1):
        person = _person(f"renewal{number}@example.org", row.name)
        if person.licences.exists():
            continue
        ends = today + timedelta(days=row.licence_days) if row.licence_days else None
        board = Board.objects.get(code=row.board)
        add_licence(user=person, board=board, number=row.number, jurisdiction=row.jurisdiction, issued_on=row.issued_on, expires_on=ends)
        if row.card_days:
            save_credential(user=person, credential="cpr", expires_on=today + timedelta(days=row.card_days))
    for person_id in StandingMark.objects.filter(user__email__endswith="@example.org").values_list("user", flat=True).distinct():
        refresh_person(person_id=person_id)


def _person(email: str, name: str) -> User:
    found = User.objects.filter(email=email).first()
    if found:
        return found
    person = User.objects.create_user(email, content.PASSWORD, display_name=name)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    given, family = name.split(maxsplit=1)
    confirm_legal_name(user=person, given_names=given, family_name=family, confirmed_by=person)
    return person
