"""Workshops as payments knows them: subjects `"workshop:<pk>"`. Places are counted here and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.invitations import PersonRefused
from credits.prospects.warnings import credit_warnings
from credits.selectors import completions_of
from payments.selectors import line_of
from payments.subjects import Consequence, Place, Progress, SubjectKind
from workshops.booking.details import wanted_place
from workshops.booking.services import check_details
from workshops.calendars.services import send_cancellation
from workshops.errors import SeatRefused, WorkshopFull
from workshops.leaving.quotes import quote_leaving
from workshops.letters import tell_school_of_paid_seat
from workshops.models import Seat, Workshop, WorkshopCompletion
from workshops.roster.selectors import standing_log
from workshops.selectors import offer_of, seat_of
from workshops.services import change_seat
from workshops.waiting.turns import free_places


class WorkshopKind(SubjectKind):
    prefix = "workshop"
    title = gettext_lazy("Workshop")
    is_scarce = True
    tax_code = "txcd_20060044"  # training sessions with a teacher

    def search(self, text: str) -> Iterable[tuple[str, str]]:
        found = Workshop.objects.coming().filter(title__icontains=text).select_related("venue").order_by("starts_at")[:200]
        return [(workshop.subject, dated(workshop)) for workshop in found]

    def titles(self, names: Collection[str]) -> dict[str, str]:
        keys = {pk: name for name in names if (pk := _key(name))}
        found = Workshop.objects.filter(pk__in=keys).select_related("venue")
        return {keys[workshop.pk]: _("Workshop: %(title)s") % {"title": dated(workshop)} for workshop in found}

    def url(self, subject: str) -> str:
        workshop = _find(subject)
        return workshop.get_absolute_url() if workshop else ""

    def place(self, subject: str) -> Place | None:
        if not (workshop := _find(subject)):
            return None
        venue = workshop.venue
        return Place(street=venue.street, city=venue.city, region=venue.region, postal_code=venue.postal_code, country=venue.country)

    def notice(self, user: Any, subject: str) -> str:
        workshop = _find(subject)
        if workshop is None:
            return ""
        if user.is_authenticated:
            seat = seat_of(workshop, user)
            if seat and not seat.is_held:
                return _("You have a seat in this workshop already.")
            same_day = Seat.objects.confirmed().filter(learner=user, workshop__starts_at__lt=workshop.ends_at, workshop__ends_at__gt=workshop.starts_at)
            if clash := same_day.exclude(workshop=workshop).select_related("workshop").first():
                return _("At that time you have a seat in “%(title)s” already.") % {"title": clash.workshop.title}
            if seat:
                return ""
        if workshop.state != Workshop.State.PUBLISHED:
            return _("Registration for this workshop is closed.")
        if workshop.has_started:
            return _("This workshop has begun, so seats can no longer be taken. Look for another date.")
        if not any(free > 0 for free in free_places(workshop).values()):
            return _("All seats are taken or held at this moment. Join the waiting list, or look for another date near you.")
        offer = offer_of(workshop)
        return " ".join(credit_warnings(user, offer)) if offer else ""

    def reserve(self, *, user: Any, subject: str, reference: str, until: datetime) -> None:
        workshop = _find(subject)
        if workshop is None:
            raise SeatRefused(_("This workshop is no longer offered. Look for another date."), code="not_open")
        line = line_of(reference, subject, user)  # who buys for others may use the places that an offer keeps for their group
        buyer = line.order.user if line else user
        if buyer == user and not workshop.seats.held().filter(learner=user, reference=reference).exists():
            check_details(workshop=workshop, learner=user)  # whichever page sells it; who is registered by others tells it later
        try:
            seat = change_seat(workshop=workshop, learner=user, to="held", by=buyer, reference=reference, until=until, place=wanted_place(workshop, user))
        except SeatRefused as refusal:
            if buyer != user and refusal.code == "already_seated":
                raise PersonRefused(user.email) from refusal
            raise
        if seat.replaces_id and line and hasattr(line, "balance"):  # its holder gets all of the money back, so all of it has to come
            words = _("This seat is passed on by somebody who gets the money back, so it is paid at once. Choose to pay all now.")
            raise SeatRefused(words, code="paid_at_once")

    def confirm(self, *, user: Any, subject: str, reference: str) -> bool:
        """False only when it is decided that there is no seat; SeatsBusy passes through, so that money is asked for again."""
        workshop = _find(subject)
        if workshop is None:
            return False
        try:
            seat = change_seat(workshop=workshop, learner=user, to="confirmed", by=None, reference=reference, place=wanted_place(workshop, user))
        except (WorkshopFull, SeatRefused):
            return False
        return seat.was_confirmed

    def consequences(self, user: Any, subject: str) -> list[Consequence]:
        found = []
        seats = Seat.objects.confirmed().filter(workshop_id=_key(subject), learner=user).select_related("workshop__venue")
        for seat in seats:
            attended = standing_log(seat).exists()
            starts_at, zone = seat.workshop.starts_at, seat.workshop.zone
            words = {"title": seat.workshop.title, "day": date_format(starts_at.astimezone(zone), "N j, Y") if starts_at else ""}
            if attended:
                text = _("Seat in “%(title)s”, %(day)s: attendance is recorded, so the seat stays whatever is refunded.") % words
            else:
                text = _("Seat in “%(title)s”, %(day)s: it is given back when access closes, and somebody else may take it.") % words
            found.append(Consequence("seat", text, seat.workshop.get_absolute_url(), is_serious=attended))
        keys = [seat.key for seat in Seat.objects.filter(workshop_id=_key(subject), learner=user)]
        dossiers: Iterable[Any] = completions_of(user).filter(key__in=keys)
        for dossier in dossiers:
            text = _("Completed on %(day)s. Credit stays recorded; a refund never deletes it.") % {"day": date_format(dossier.completed_on, "N j, Y")}
            found.append(Consequence("credit", text, dossier.get_absolute_url(), is_serious=True))
            for award in dossier.every_award:
                if certificate := getattr(award, "certificate", None):
                    words = {"serial": certificate.serial, "status": award.status_label}
                    found.append(Consequence("certificate", _("Certificate %(serial)s (%(status)s) stays as it is.") % words, is_serious=True))
        return found

    def begins(self, subject: str) -> tuple[datetime, str] | None:
        workshop = _find(subject)
        return (workshop.starts_at, workshop.venue.time_zone) if workshop and workshop.starts_at else None

    def policy_gives_back(self, user: Any, subject: str, reference: str) -> int:
        seat = _paid_seat(user, subject, reference)
        return quote_leaving(seat).refund_cents if seat else 0

    def end_unpaid(self, *, user: Any, subject: str, reference: str, template: str, context: dict[str, Any], key: str) -> bool:
        seat = _paid_seat(user, subject, reference)
        if seat is None:
            return False
        ended = change_seat(workshop=seat.workshop, learner=user, to="cancelled", by=None, reference=reference, is_quiet=True)
        is_by_hand = seat.terms is None and not context["is_kept"]
        send_cancellation(seat=ended, key=key, template=template, context=context | {"is_by_hand": is_by_hand})
        if is_by_hand:
            tell_school_of_paid_seat(ended, is_unpaid=True)
        return is_by_hand

    def stands(self, user: Any, subject: str, reference: str) -> bool:
        return _paid_seat(user, subject, reference) is not None

    def is_started(self, user: Any, subject: str) -> bool:
        seat = Seat.objects.confirmed().filter(workshop_id=_key(subject), learner=user).select_related("workshop").first()
        return seat is not None and (seat.workshop.has_started or standing_log(seat).exists())

    def progress(self, users: Collection[int], subject: str) -> dict[int, Progress]:
        seats = Seat.objects.confirmed().filter(workshop_id=_key(subject), learner__in=users).select_related("completion")
        found = {}
        for seat in seats:
            done: WorkshopCompletion | None = getattr(seat, "completion", None)
            text = _("Attended on %(day)s") % {"day": date_format(done.completed_on, "N j, Y")} if done else _("Has a seat")
            found[seat.learner_id] = Progress(text, completed_on=done.completed_on if done else None)
        return found


def _key(subject: str) -> int:
    """The primary key in `subject`; 0, which is nobody's, when there is none."""
    pk = subject.partition(":")[2]
    return int(pk) if pk.isdecimal() else 0


def _paid_seat(user: Any, subject: str, reference: str) -> Seat | None:
    seats = Seat.objects.confirmed().filter(workshop_id=_key(subject), learner=user, reference=reference)
    return seats.select_related("workshop__venue", "learner").first()


def dated(workshop: Workshop) -> str:
    """Which of several of the same name: with its day and town."""
    if workshop.starts_at is None:
        return f"{workshop}, {workshop.venue.city}"
    return f"{workshop}, {date_format(workshop.starts_at.astimezone(workshop.zone), 'N j, Y')}, {workshop.venue.city}"


def _find(subject: str) -> Workshop | None:
    return Workshop.objects.filter(pk=_key(subject)).select_related("venue", "activity").first()
