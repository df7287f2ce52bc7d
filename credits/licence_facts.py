"""The facts of one licence as the rules engine reads them: the `licence` object of a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.errors import DomainError
from credits.licence_needs import Needs, needs_of
from credits.models import Licence


class FactsMissing(DomainError):
    code = "licence_facts_missing"


def licence_facts(licence: Licence, person: Any, needs: Needs | None = None) -> dict[str, Any]:
    """The `licence` object for `licence`, held by `person`. Empty parts are left out; the date of birth is in it only if the calendar goes by it.

    Costs no query on rows from `Licence.objects.with_facts()` with `person` their `user`. Raises FactsMissing when the licence
    has no issue date: no cycle can be counted without one. `missing_facts` says what else the board's rules ask for. `needs` are
    those of other rules than the ones in force.
    """
    needs = needs_of(licence.board.code) if needs is None else needs
    if licence.issued_on is None:
        raise FactsMissing(_("Give the date your licence was issued: its cycles are counted from it."))
    scalars = {
        "issued_on": licence.issued_on,
        "number": licence.number,
        "born_on": born_on(person) if needs.born_on else None,
        "practising_since": licence.practising_since,
    }
    lists = {
        "status_history": [{"from": row.begins_on.isoformat(), "status": row.status} for row in licence.statuses.all()],
        "credentials": _credentials(person),
        "renewals": [_renewal(row) for row in licence.renewals.all()],
        "overrides": [_override(row) for row in licence.overrides.all() if row.is_standing],
        "met_before": [{"code": row.code, "cycle_end": row.cycle_end.isoformat()} for row in licence.met_duties.all()],
    }
    return _given(scalars) | {name: rows for name, rows in lists.items() if rows}


def missing_facts(licence: Licence, person: Any, needs: Needs | None = None) -> list[str]:
    """The facts that the calendar and the rules ask for and nobody gave, by their names in the case."""
    needs = needs_of(licence.board.code) if needs is None else needs
    asked = {
        "issued_on": licence.issued_on is None,
        "number": needs.numbered and not any(letter.isdigit() for letter in licence.number),
        "born_on": needs.born_on and born_on(person) is None,
        "practising_since": needs.practising_since and licence.practising_since is None,
    }
    return [name for name, is_missing in asked.items() if is_missing]


def plain_number(number: str) -> str:
    """A number as a person reads it: single spaces, and nothing that can not be seen, which copying from a page or a letter brings along."""
    return "".join(letter for letter in " ".join(number.split()) if letter.isprintable())


def born_on(person: Any) -> date | None:
    row = getattr(person, "birth_date", None)  # a person without the row has no such attribute
    return row.born_on if row else None


def _credentials(person: Any) -> list[dict[str, str]]:
    """The cards on file, and the person's own licences with an end: a certification on file as a licence is a credential too."""
    rows = [(row.credential, row.begins_on, row.expires_on) for row in person.held_credentials.all()]
    rows += [(row.board.code, row.issued_on, row.expires_on) for row in person.licences.all() if row.expires_on and not row.board.is_state_board]
    ordered = sorted(rows, key=lambda row: (row[0], row[2], row[1] or date.min))
    return [_given({"credential": code, "from": first, "expires": last}) for code, first, last in ordered]


def _renewal(row: Any) -> dict[str, str]:
    return _given({"cycle_end": row.cycle_end, "submitted_on": row.submitted_on, "late_fee_paid_on": row.late_fee_paid_on, "renewed_on": row.renewed_on})


def _override(row: Any) -> dict[str, str]:
    return _given(
        {
            "cycle_end": row.cycle_end,
            "required": row.required_text,
            "window_open": row.window_open,
            "window_close": row.window_close,
            "reason": row.reason,
        }
    )


def _given(values: dict[str, Any]) -> dict[str, str]:
    """Without what is empty, dates as civil dates."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items() if value not in (None, "")}
