"""What the dashboard and the desk's first page show, gathered from the apps below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from core import clock
from core.models import Job
from courses.completion import Trace
from courses.models import Attempt
from courses.selectors import AttemptProgress, dashboard_attempts, offer_of, with_prospects
from courses.selectors.progress import DashboardAttempt, courses_not_begun
from credits.certificates.selectors import certificates_of
from credits.models import Certificate, CompletionFlag
from credits.prospects.offers import Offer, Prospect
from credits.prospects.prospector import Prospector
from credits.selectors import completions_of, held_awards_count, school_today
from credits.standings import standings_of_held
from credits.worklist.selectors import task_counts
from notifications.models import MailMessage
from payments.models import Balance, Dispute, Refund
from payments.selectors import late_membership_of
from payments.selectors.balances import owed_by
from payments.subjects import titles_of
from planner.selectors import followed_routes
from portal.suggestions import suggestions_for
from streaming.models import VideoAsset
from workshops.asking.selectors import wishes_of
from workshops.cancelling.selectors import choices_of
from workshops.checkin.selectors import doors_waiting
from workshops.demand.selectors import towns_waiting
from workshops.models import Seat
from workshops.selectors import coming_workshops
from workshops.selectors import offer_of as workshop_offer
from workshops.waiting.selectors import waits_of

MISSING_NAMED = 4
CERTIFICATES_SHOWN = 4
SUGGESTIONS_SHOWN = 4


@dataclass(frozen=True)
class OpenAttempt:
    """A course to go on with, and what its completion still lacks: the first few, and how many more."""

    attempt: Attempt
    progress: AttemptProgress
    is_accessible: bool
    missing: list[Trace]
    more: int
    prospects: tuple[Prospect, ...]


@dataclass(frozen=True)
class ComingSeat:
    seat: Seat
    prospects: tuple[Prospect, ...]


@dataclass(frozen=True)
class Owed:
    balance: Balance
    title: str
    is_for_another: bool


def dashboard_of(user: User) -> dict[str, Any]:
    """Everything the learner's dashboard shows; the same number of queries whatever they have."""
    attempts = dashboard_attempts(user)
    open_attempts, seats = [row for row in attempts if row.attempt.is_open], coming_workshops(user)
    prospector = Prospector(user)
    held = prospector.prospects([offer for offer in (*map(_offer_of_attempt, open_attempts), *(workshop_offer(seat.workshop) for seat in seats)) if offer])
    certificates = list(certificates_of(user)[:CERTIFICATES_SHOWN])
    return {
        "attempts": attempts,
        "not_begun": with_prospects(courses_not_begun(user), prospector),
        "open_attempts": [_open_attempt(row, held.get(row.attempt.key, ())) for row in open_attempts],
        "seats": [ComingSeat(seat, held.get(seat.workshop.subject, ())) for seat in seats],
        "standings": standings_of_held(prospector.holdings, prospector.as_of),
        "suggestions": suggestions_for(prospector, shown=SUGGESTIONS_SHOWN),
        "routes": followed_routes(user),
        "waits": waits_of(user),
        "wishes": wishes_of(user),
        "choices": choices_of(user),
        "owed": _owed(user),
        "certificates": certificates,
        "late_membership": late_membership_of(user),
        "name_is_awaited": completions_of(user).exists() and user.legal_name is None,
        "today": clock.civil_date(clock.now(), user.time_zone),
    }


def _owed(user: User) -> list[Owed]:
    balances = owed_by(user)
    titles = titles_of({balance.line.subject for balance in balances})
    return [Owed(balance, titles[balance.line.subject], is_for_another=balance.line.person != user) for balance in balances]


def _offer_of_attempt(row: DashboardAttempt) -> Offer | None:
    return offer_of(row.attempt.version, key=row.attempt.key)


def _open_attempt(row: DashboardAttempt, prospects: tuple[Prospect, ...]) -> OpenAttempt:
    missing = [leaf for leaf in row.progress.trace.leaves() if not leaf.met]
    return OpenAttempt(row.attempt, row.progress, row.is_accessible, missing[:MISSING_NAMED], len(missing[MISSING_NAMED:]), prospects)


@dataclass(frozen=True)
class Waiting:
    """One card: how many there are, what they are, where to look at them, whether someone should act."""

    count: int
    title: str | Promise
    text: str
    url: str
    action: str | Promise
    is_urgent: bool = False


def waiting_for(user: User) -> list[Waiting]:
    """The cards open to `user`, those with something to do first."""
    cards = []
    if user.has_role(Role.STAFF):
        cards += [_dead_jobs(), _failed_mail(), _open_disputes(), _failed_refunds(), _at_the_door(), _towns_that_ask()]
    if user.has_role(Role.STAFF, Role.INSTRUCTOR):
        cards += _videos(user)
    if user.has_role(Role.CE_OFFICER):
        cards += [_officer_tasks(), _held_awards(), _failed_certificates(), _flagged_completions()]
    return sorted(cards, key=lambda card: (not (card.count and card.is_urgent), not card.count))


def _dead_jobs() -> Waiting:
    count = Job.objects.dead().count()
    text = ngettext("One job gave up, and the list says why.", "%(count)s jobs gave up, and the list says why.", count) % {"count": count}
    return Waiting(
        count, _("Jobs that gave up"), text if count else str(_("All background work is done or under way.")), "/desk/jobs/", _("See the jobs"), True
    )


def _failed_mail() -> Waiting:
    count = MailMessage.objects.filter(state=MailMessage.State.FAILED).count()
    text = ngettext("One message did not leave the house.", "%(count)s messages did not leave the house.", count) % {"count": count}
    return Waiting(count, _("Failed mail"), text if count else str(_("Every message was sent.")), "/desk/mail/", _("See the mail log"), True)


def _open_disputes() -> Waiting:
    count = Dispute.objects.filter(closed_at__isnull=True).count()
    text = ngettext("A bank questions one charge and waits for an answer.", "Banks question %(count)s charges and wait for answers.", count) % {"count": count}
    shown = text if count else str(_("No bank questions a charge."))
    return Waiting(count, _("Disputes"), shown, "/desk/sales/disputes/?state=open", _("See the disputes"), True)


def _towns_that_ask() -> Waiting:
    count = towns_waiting()
    text = ngettext("One town asks for a workshop.", "%(count)s towns ask for a workshop.", count) % {"count": count}
    shown = text if count else str(_("No town has enough people who ask for a workshop."))
    return Waiting(count, _("Towns that ask"), shown, "/desk/workshops/demand/", _("See the demand"), True)


def _at_the_door() -> Waiting:
    """Leads to the first workshop where something waits; when that is settled, to the next."""
    found = doors_waiting()
    text = ngettext("One note from a workshop’s door waits for you.", "%(count)s notes from workshops’ doors wait for you.", len(found)) % {"count": len(found)}
    shown = text if found else str(_("Nobody came without a seat, and no phone’s entry waits."))
    url = f"/desk/workshops/{found[0]}/checkin/" if found else "/desk/workshops/"
    return Waiting(len(found), _("Notes from the door"), shown, url, _("See the notes") if found else _("See the workshops"), True)


def _failed_refunds() -> Waiting:
    count = Refund.objects.failed_for_good().count()
    text = ngettext("One refund did not reach its buyer.", "%(count)s refunds did not reach their buyers.", count) % {"count": count}
    shown = text if count else str(_("Every refund reached its buyer."))
    return Waiting(count, _("Failed refunds"), shown, "/desk/sales/payments/?state=refund_failed", _("See the refunds"), True)


def _officer_tasks() -> Waiting:
    counts = task_counts(school_today())
    text = ngettext("One thing waits for a CE officer.", "%(count)s things wait for a CE officer.", counts["open"]) % {"count": counts["open"]}
    if counts["overdue"]:
        text += " " + ngettext("One is overdue.", "%(count)s are overdue.", counts["overdue"]) % {"count": counts["overdue"]}
    shown = text if counts["open"] else str(_("Everything is settled."))
    return Waiting(counts["open"], _("To do"), shown, "/desk/credits/tasks/", _("See the list"), True)


def _held_awards() -> Waiting:
    count = held_awards_count()
    text = ngettext("One award waits for a licence number.", "%(count)s awards wait for a licence number.", count) % {"count": count}
    return Waiting(count, _("Held awards"), text if count else str(_("No award is held.")), "/desk/credits/awards/", _("See the awards"), True)


def _failed_certificates() -> Waiting:
    count = Certificate.objects.with_failures().count()
    text = ngettext("One certificate could not be made.", "%(count)s certificates could not be made.", count) % {"count": count}
    return Waiting(
        count, _("Certificates that failed"), text if count else str(_("Every certificate was made.")), "/desk/credits/awards/", _("See the awards"), True
    )


def _flagged_completions() -> Waiting:
    count = CompletionFlag.objects.standing().count()
    text = ngettext("The money for one completion went back or is questioned.", "The money for %(count)s completions went back or is questioned.", count)
    shown = text % {"count": count} if count else str(_("No completion is flagged."))
    return Waiting(count, _("Flagged completions"), shown, "/desk/credits/flags/", _("See the flags"), True)


def _videos(user: User) -> list[Waiting]:
    counted = VideoAsset.objects.visible_to(user).order_by().values_list("state").annotate(Count("pk"))
    states = dict.fromkeys(VideoAsset.State.values, 0) | dict(counted)
    busy = states["uploading"] + states["queued"] + states["processing"]
    text = ngettext("One video is being prepared.", "%(count)s videos are being prepared.", busy) % {"count": busy}
    cards = [Waiting(busy, _("Videos on the way"), text if busy else str(_("No video is being prepared.")), "/desk/video/", _("See the videos"))]
    if failed := states["failed"]:
        text = ngettext("One video could not be prepared.", "%(count)s videos could not be prepared.", failed) % {"count": failed}
        cards.append(Waiting(failed, _("Failed videos"), text, "/desk/video/", _("See the videos"), True))
    return cards
