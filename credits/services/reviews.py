"""Holding awards for review, and ending that: what a certificate's suspension means for the credit it certifies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credits.batch.standings import BatchStanding, standings_of
from credits.certificates.services import resume_certificate, suspend_certificate
from credits.closed_cycles.words import cycle_words
from credits.engine.quantities import text
from credits.held_awards import PAYMENT_DISPUTED, UNDER_REVIEW
from credits.models import Award, AwardEntry, AwardHolder, Certificate, ClosedCycle, Dossier, Licence, is_suspended
from credits.rulebook import known
from credits.rulebook.words import Unit, amount
from credits.selectors import school_today
from credits.services.ledger import hold_or_release, lock_person
from credits.services.officers import require_officer
from notifications.services import send_mail_once

TRIED = "tried"  # the reason of what is taken back at once


def begin_review(*, certificate: Certificate, officer: Any, reason: str) -> Certificate:
    """Suspend a certificate and hold its award: until `end_review` it counts nowhere, and the learner is told. Calling it again changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        award = _locked(certificate)
        row = suspend_certificate(certificate=certificate, actor=officer, reason=reason)
        follow_reviews(awards=[award], actor=officer, reason=reason)
    return row


def end_review(*, certificate: Certificate, officer: Any, reason: str) -> Certificate:
    """The certificate is valid again and its award counts, unless something else holds it. Calling it again changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        award = _locked(certificate)
        row = resume_certificate(certificate=certificate, actor=officer, reason=reason)
        follow_reviews(awards=[award], actor=officer, reason=reason)
    return row


@dataclass(frozen=True)
class Reach:
    """One licence that a hold, or its end, would reach. `units` of its current cycle would be held, or counted again."""

    licence: Licence
    units: Decimal
    unit: Unit
    needed_before: Decimal | None
    needed_after: Decimal | None

    @property
    def units_plain(self) -> str:
        return text(Fraction(self.units))

    @property
    def missing_before(self) -> str:
        return text(Fraction(self.needed_before or 0))

    @property
    def missing_after(self) -> str:
        return text(Fraction(self.needed_after or 0))

    @property
    def units_shown(self) -> str:
        return amount(self.units_plain, self.unit)

    @property
    def missing_shown(self) -> str:
        """What would be missing, and what is missing now where that differs."""
        now, then = self.missing_before, self.missing_after
        said = {"then": amount(then, self.unit), "now": now}
        return _("%(then)s missing, %(now)s now") % said if now != then else _("%(then)s missing, as now") % said


@dataclass(frozen=True)
class Preview:
    """What a hold, or its end, would change: licences that are kept up, cases of closed cycles that would begin or change, and those that would end."""

    licences: tuple[Reach, ...]
    cases: tuple[ClosedCycle, ...]
    undone: tuple[ClosedCycle, ...]

    @property
    def case_words(self) -> list[str]:
        return [cycle_words(case) for case in self.cases]

    @property
    def undone_words(self) -> list[str]:
        return [cycle_words(case) for case in self.undone]


def preview(*, person_id: int, change: Callable[[], object]) -> Preview:
    """What `change` would do to a person's standings and closed cycles: it is done, looked at and taken back, so that nobody guesses."""
    with transaction.atomic():
        lock_person(person_id)
        before, cases_before = _standings(person_id), _cases(person_id)
        try:
            change()
            after, cases = _standings(person_id), _cases(person_id)
        finally:
            transaction.set_rollback(True)
    licences = Licence.objects.filter(pk__in=[pk for pk in after if after[pk].held != before[pk].held]).select_related("board").order_by("pk")
    rules = known()
    return Preview(
        licences=tuple(
            Reach(
                licence=licence,
                units=abs(after[licence.pk].held - before[licence.pk].held),
                unit=rules[licence.board.code].unit,
                needed_before=before[licence.pk].needed,
                needed_after=after[licence.pk].needed,
            )
            for licence in licences
        ),
        cases=tuple(case for pk, case in cases.items() if pk not in cases_before or _figures(case) != _figures(cases_before[pk])),
        undone=tuple(case for pk, case in cases_before.items() if pk not in cases),
    )


def preview_begin(*, certificate: Certificate, officer: Any) -> Preview:
    """What `begin_review` would do."""
    return preview(person_id=_person_of(certificate), change=lambda: begin_review(certificate=certificate, officer=officer, reason=TRIED))


def preview_end(*, certificate: Certificate, officer: Any) -> Preview:
    """What `end_review` would do."""
    return preview(person_id=_person_of(certificate), change=lambda: end_review(certificate=certificate, officer=officer, reason=TRIED))


def _person_of(certificate: Certificate) -> int:
    return Dossier.objects.get(awards=certificate.award_id).user_id


def _standings(person_id: int) -> dict[int, BatchStanding]:
    rows = standings_of(Licence.objects.on_file().filter(user=person_id).order_by("pk"), school_today())
    return {standing.licence_id: standing for standing in rows}


def _cases(person_id: int) -> dict[int, ClosedCycle]:
    return {case.pk: case for case in ClosedCycle.objects.undecided().filter(licence__user=person_id).select_related("licence__board", "award")}


def _figures(case: ClosedCycle) -> tuple[object, ...]:
    return case.cause, case.after


def follow_reviews(*, awards: Sequence[Award], actor: Any = None, reason: str = "") -> None:
    """Write for each award whether it is under review now, where the ledger does not say so yet, and tell its holder once about all.

    The caller holds the lock on the person.
    """
    suspended, resumed = [], []
    for award in awards:
        because, said = _because(award), _said(award)
        if because and because != said:
            data = {"because": because}
            suspended.append(hold_or_release(award=award, kind=AwardEntry.Kind.SUSPENDED, actor=actor, reason=reason, data=data))
        elif said and not because:
            resumed.append(hold_or_release(award=award, kind=AwardEntry.Kind.RESUMED, actor=actor, reason=reason))
    _tell("suspended", suspended)
    _tell("resumed", [entry for entry in resumed if Award.objects.with_status().get(pk=entry.award_id).status == Award.Status.ACTIVE])


def _locked(certificate: Certificate) -> Award:
    award = Award.objects.select_related("dossier__user", "board").get(pk=certificate.award_id)
    lock_person(award.dossier.user_id)
    return award


def _because(award: Award) -> str:
    """Why the award is under review, a questioned payment first; "" when it is not."""
    if is_suspended(award.dossier_id):
        return PAYMENT_DISPUTED
    return UNDER_REVIEW if Certificate.objects.filter(award=award, state=Certificate.State.SUSPENDED).exists() else ""


def _said(award: Award) -> str:
    """The same, as the ledger has it."""
    entry = award.entries.filter(kind__in=[AwardEntry.Kind.SUSPENDED, AwardEntry.Kind.RESUMED]).order_by("-pk").first()
    return str(entry.data["because"]) if entry and entry.kind == AwardEntry.Kind.SUSPENDED else ""


def _tell(what: str, entries: Sequence[AwardEntry]) -> None:
    """One mail to the holder about the awards of one completion."""
    if not entries:
        return
    awards = [entry.award for entry in entries]
    holder = AwardHolder.objects.select_related("user").get(award=awards[0])
    if holder.user:
        context = {"awards": awards, "is_disputed": entries[0].data.get("because") == PAYMENT_DISPUTED}
        send_mail_once(key=f"award:{awards[0].pk}:{what}:{entries[0].pk}", template=f"credits/mail/award_{what}", context=context, recipient=holder.user)
