"""Keeping what is offered beside what is approved, and putting on the officers' list what a board has to hear of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.jobs import enqueue
from credits.changes import tasks  # noqa: F401  registers the job kinds
from credits.changes.differences import Difference, differences
from credits.changes.periods import Gap, ends_soon, gap_on
from credits.models import Accreditation, Activity, Claim, Offering, OfficerTask
from credits.selectors import school_today
from credits.services.claims import judge_claim
from credits.services.ledger import lock_person
from credits.services.worklist import raise_task, settle_task

RENEW_WITHIN = timedelta(days=90)
JUDGED_AGAIN = ("no_approval", "approval_gap", "differs_from_approval", "partial_attendance", "below_minimum", "hour_not_established")


def note_offering(*, key: str, activity: Activity, label: str, address: str, facts: dict[str, Any], on: date | None = None) -> Offering:
    """Take down what is offered under an activity, at each publication and each change; the same again changes nothing.

    `key` names it for ever ("workshop:9"), `label` in words, `address` is its desk page. `facts` is {kind, title, minutes: {mode:
    minutes}, pass_mark (None without an exam), instructor}. `on` is the day it is completed, None when that is any day from now on.
    """
    values = {"activity": activity, "label": label[:250], "address": address, "facts": facts, "on": on, "ended_at": None}
    with transaction.atomic():
        offering, created = Offering.objects.select_for_update(of=("self",)).select_related("activity").get_or_create(key=key, defaults=values)
        changed = [name for name, value in values.items() if getattr(offering, name) != value]
        if not created and not changed:
            return offering
        before = offering.activity
        for name in changed:
            setattr(offering, name, values[name])
        if changed:
            offering.save(update_fields=[*changed, "updated_at"])
        for concerned in {before.pk: before, activity.pk: activity}.values():
            review_activity(activity=concerned)
    return offering


def end_offering(*, key: str) -> Offering | None:
    """Nobody can complete it any more; None when it was never noted. A second call changes nothing."""
    with transaction.atomic():
        offering = Offering.objects.select_for_update(of=("self",)).select_related("activity").filter(key=key).first()
        if offering and offering.ended_at is None:
            offering.ended_at = clock.now()
            offering.save(update_fields=["ended_at", "updated_at"])
            review_activity(activity=offering.activity)
    return offering


def review_activity(*, activity: Activity) -> list[OfficerTask]:
    """Hold everything offered under an activity against its approvals: raise what has to be filed or renewed, settle what no longer has.

    A task is one set of differences for ever: what an officer settled by hand comes back only when something else differs.
    """
    today = school_today()
    rows = list(activity.accreditations.exclude(status=Accreditation.Status.DRAFT).select_related("board", "activity"))
    wanted = [_renewal(row) for row in rows if ends_soon(row, rows, today=today, within=RENEW_WITHIN)]
    for offering in activity.offerings.live():
        day = offering.on or today
        if day < today:
            continue  # it is over; completions are judged one by one
        for row in rows:
            if row.covers(day):
                found = differences(offered=offering.facts, kind=offering.facts.get("kind", activity.kind), activity=activity, accreditation=row)
                if to_file := [part for part in found if part.is_to_file]:
                    wanted.append(_change(offering, row, to_file))
        wanted += [_gap(offering, gap) for gap in gap_on(rows, day)]
    keys = {values["key"] for values in wanted}
    for task in OfficerTask.objects.open().filter(key__startswith=f"activity:{activity.pk}:").exclude(key__in=keys):
        settle_task(key=task.key, note=_("What is offered and what is approved agree again, or it is no longer offered."))
    return [raise_task(**values) for values in wanted]


def _change(offering: Offering, row: Accreditation, parts: list[Difference]) -> dict[str, Any]:
    stops = any(part.stops_credit for part in parts)
    digest = hashlib.sha256("\n".join(f"{part.code}:{part.approved}:{part.offered}" for part in parts).encode()).hexdigest()[:16]
    until = _("Until it is filed, completions earn nothing with the board.") if stops else _("Credit is given meanwhile; the board has to know.")
    return {
        "kind": OfficerTask.Kind.FILE_A_CHANGE,
        "key": f"activity:{offering.activity_id}:change:{offering.pk}:{row.pk}:{digest}",
        "title": _("%(board)s: %(what)s differs from the approval") % {"board": row.board.name, "what": offering.label},
        "detail": "\n".join([*(part.sentence for part in parts), until]),
        "address": reverse("credits_desk:change_detail", args=[offering.pk, row.pk]),
        "due_on": offering.on or (clock.civil_date(offering.updated_at, settings.SCHOOL_TIME_ZONE) if stops else None),
    }


def _gap(offering: Offering, gap: Gap) -> dict[str, Any]:
    day, row = offering.on or school_today(), gap.nearest
    if row.valid_from > day:
        why, due = _("Approval %(number)s begins on %(day)s.") % {"number": row.approval_number, "day": date_format(row.valid_from, "j F Y")}, day
    else:
        due = row.last_day or day
        why = _("Approval %(number)s covers completions up to %(day)s.") % {"number": row.approval_number, "day": date_format(due, "j F Y")}
    when = _("Whoever completes it on %(day)s earns nothing with the board.") % {"day": date_format(day, "j F Y")}
    now = _("Whoever completes it now earns nothing with the board.")
    return {
        "kind": OfficerTask.Kind.APPROVAL_ENDS,
        "key": f"activity:{offering.activity_id}:gap:{offering.pk}:{row.board_id}:{offering.on or due}",
        "title": _("%(board)s: no approval covers %(what)s") % {"board": row.board.name, "what": offering.label},
        "detail": f"{why} {when if offering.on else now}",
        "address": reverse("credits_desk:activity_detail", args=[offering.activity_id]),
        "due_on": offering.on or due,
    }


def _renewal(row: Accreditation) -> dict[str, Any]:
    return {
        "kind": OfficerTask.Kind.APPROVAL_ENDS,
        "key": f"activity:{row.activity_id}:ends:{row.pk}:{row.last_day}",
        "title": _("%(board)s: the approval of “%(title)s” ends") % {"board": row.board.name, "title": row.approved_title},
        "detail": _("Approval %(number)s covers completions up to %(end)s and no other follows it. Renew it before a gap opens.")
        % {"number": row.approval_number, "end": date_format(row.last_day, "j F Y") if row.last_day else ""},
        "address": reverse("credits_desk:accreditation_detail", args=[row.pk]),
        "due_on": row.last_day,
    }


def note_approval_change(*, accreditation: Accreditation) -> None:
    """An approval came, changed or ended: look at what is offered under it, and have refused claims judged again."""
    review_activity(activity=accreditation.activity)
    if accreditation.status == Accreditation.Status.IN_FORCE:
        judge_again_soon(activity=accreditation.activity_id, occasion=f"{accreditation.pk}:{accreditation.updated_at.isoformat()}")


def judge_again_soon(*, activity: int, occasion: str) -> None:
    """Queue `judge_refused_claims` if there are any: nobody can put a refused claim forward again themselves. `occasion` names what changed."""
    if _refused(activity).exists():
        enqueue("credits.judge_again", key=f"judge-again:{occasion}", args={"activity": activity})


def judge_again_with_boards(*, codes: Iterable[str], occasion: str) -> None:
    """The facts of these boards changed: whom they accept, or what has to agree to the letter. Look at what they refused once more."""
    refused = Claim.objects.filter(state=Claim.State.REFUSED, code__in=JUDGED_AGAIN, licence__board__code__in=list(codes))
    for activity in refused.order_by("dossier__activity").values_list("dossier__activity", flat=True).distinct():
        judge_again_soon(activity=activity, occasion=f"activity:{activity}:boards:{occasion}")


def judge_refused_claims(*, activity: Activity) -> int:
    """Judge anew the claims on completions of an activity that no approval covered or matched. Returns how many are credited now."""
    awarded = 0
    for pk in _refused(activity.pk).order_by("pk").values_list("pk", flat=True).iterator():
        with transaction.atomic():
            claim = Claim.objects.select_related("dossier__activity", "dossier__user", "licence__board").get(pk=pk)
            lock_person(claim.dossier.user_id)
            if not claim.licence.is_archived:
                awarded += judge_claim(dossier=claim.dossier, licence=claim.licence).state == Claim.State.AWARDED
    return awarded


def _refused(activity: int) -> Any:
    return Claim.objects.filter(dossier__activity=activity, state=Claim.State.REFUSED, code__in=JUDGED_AGAIN)
