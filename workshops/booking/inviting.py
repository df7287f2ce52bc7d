"""Colleagues whom somebody registered: their letter, their yes and their no."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.invitations import PersonRefused
from accounts.models import User
from core import clock
from core.audit import record_audit
from notifications.models import MailMessage
from workshops.booking.errors import RegistrationRefused
from workshops.booking.mail import INVITATION_KEY, INVITATION_SALT, write_of_decline
from workshops.models import Registration, Transfer, Workshop
from workshops.services import change_seat

DAILY_LETTERS = 3  # to one address, whoever asks: an invitation is mail that nobody asked for
DAILY_PEOPLE = 40  # named by one person


def check_not_pestered(addresses: list[str], *, by: User) -> None:
    """Registering and giving back anew would otherwise write to one address as often as anybody likes.

    Whoever was named by an order that is not paid, or was offered a seat, counts among the people of the day: they have accounts by now.
    Raises PersonRefused for an address, RegistrationRefused for who names too many.
    """
    since = clock.now() - timedelta(days=1)
    for address in addresses:
        if MailMessage.objects.filter(key__startswith=INVITATION_KEY, to_address=address, created_at__gt=since).count() >= DAILY_LETTERS:
            raise PersonRefused(address)
    lately = Q(invited_at__gt=since) | Q(invited_at__isnull=True, updated_at__gt=since)
    named = Registration.objects.filter(lately, invited_by=by).exclude(learner__email__in=addresses).values("learner").distinct().count()
    offered = Transfer.objects.filter(offered_by=by, created_at__gt=since).count()
    if addresses and named + offered + len(addresses) > DAILY_PEOPLE:
        raise RegistrationRefused(
            _("You have registered many people today. Go on tomorrow, or write to the school for a larger group."), code="invited_too_often"
        )


def invite_guest(*, workshop: Workshop, person: User, name: str, by: User, place: str = "") -> Registration:
    """Note that `by` registered `person`, whom the mail of their seat tells so, with links to come in by and to decline.

    Again, or for somebody who accepted already, it changes nothing. Called before the seat is given, and before it is locked.
    """
    with transaction.atomic():
        registration, _created = Registration.objects.get_or_create(workshop=workshop, learner=person)
        registration = Registration.objects.select_for_update(of=("self",)).select_related("workshop__venue", "learner", "invited_by").get(pk=registration.pk)
        if registration.accepted_at or (registration.is_unanswered and registration.invited_by_id == by.pk):
            return registration
        registration.invited_by, registration.invited_as, registration.invited_at = by, name, clock.now()
        registration.declined_at, registration.place = None, place or registration.place
        registration.invitation_version += 1
        registration.save()
        record_audit(actor=by, action="workshops.invite", record=registration)
    return registration


def registration_at(token: str) -> Registration:
    """The registration that a link leads to. Raises RegistrationRefused for one that leads nowhere any more."""
    try:
        pk, version = signing.loads(token, salt=INVITATION_SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise RegistrationRefused(_("This link is not complete. Open it from the message again."), code="bad_link") from error
    found = (
        Registration.objects.select_related("workshop__venue", "workshop__activity", "learner", "invited_by").filter(pk=pk, invitation_version=version).first()
    )
    if found is None:
        raise RegistrationRefused(_("This link leads to nothing any more. Ask your colleague to register you again."), code="bad_link")
    return found


def accept(*, registration: Registration) -> Registration:
    """The person came: the invitation is theirs. Again, it changes nothing. Raises RegistrationRefused when they declined."""
    with transaction.atomic():
        registration = Registration.objects.select_for_update(of=("self",)).select_related("workshop", "learner", "invited_by").get(pk=registration.pk)
        if registration.declined_at:
            raise RegistrationRefused(_("You declined this invitation. Register on the workshop’s page if you want to come after all."), code="declined")
        if registration.accepted_at is None:
            registration.accepted_at = clock.now()
            registration.save(update_fields=["accepted_at", "updated_at"])
    return registration


def decline(*, registration: Registration) -> Registration:
    """The person does not come: a free seat is given back, a paid one waits for the buyer to name somebody else. Again, nothing changes.

    Raises SeatRefused when the workshop has begun.
    """
    with transaction.atomic():
        registration = Registration.objects.select_for_update(of=("self",)).select_related("workshop", "learner", "invited_by").get(pk=registration.pk)
        if registration.declined_at:
            return registration
        seat = registration.workshop.seats.confirmed().filter(learner=registration.learner_id).first()
        is_paid = bool(seat and seat.reference)
        if seat and not is_paid:
            change_seat(workshop=registration.workshop, learner=registration.learner, to="cancelled", by=registration.learner)
        registration.accepted_at, registration.declined_at = None, clock.now()
        registration.save(update_fields=["accepted_at", "declined_at", "updated_at"])
        record_audit(actor=registration.learner, action="workshops.decline_invitation", record=registration)
        if registration.invited_by:
            write_of_decline(registration, is_paid=is_paid)
    return registration
