"""Giving an organization's seats to its people.

Every change locks the pool's row first, so that two people who follow one link at once cannot have one seat. Links are
signed, not stored: a version in the row makes the old ones worthless.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from notifications.models import MailMessage
from notifications.services import send_mail_once
from payments import subjects
from payments.models import AccessGrant, Order, OrderLine, OrganizationSeat, SeatPool
from payments.selectors.refunds import is_questioned
from payments.services.access import grant_access, revoke_access

SALT = "payments.seats"
INVITATION_KEY = "seat-invitation:"
MAX_ADDRESSES = 500
REPEAT_AFTER = timedelta(hours=1)
DAILY_LETTERS = 3  # to one address, whoever asks: an invitation is mail that nobody asked for
State = OrganizationSeat.State


class SeatRefused(DomainError):
    code = "seat_refused"


def create_pool(*, line: OrderLine) -> SeatPool:
    """The seats of a paid line of an organization; a second call returns the same pool."""
    organization = line.order.organization
    if organization is None:
        raise ValueError("The line is not of an organization's order.")
    with transaction.atomic():
        OrderLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
        pool, created = SeatPool.objects.get_or_create(line=line, defaults={"organization": organization})
        if created:
            OrganizationSeat.objects.bulk_create(OrganizationSeat(pool=pool) for _number in range(line.quantity))
            record_audit(actor=None, action="payments.create_pool", record=pool, seats=line.quantity)
    return pool


def close_pool(*, line: OrderLine, reason: str, by: User | None = None) -> None:
    """Take every seat of a refunded line back; a second call changes nothing."""
    pool = SeatPool.objects.filter(line=line).first()
    if pool is None:
        return
    with transaction.atomic():
        pool = _lock(pool)
        for seat in pool.seats.exclude(state=State.WITHDRAWN).select_related("grant"):
            _empty(seat, State.WITHDRAWN, by=by, reason=reason)
        pool.link_is_on = False
        pool.save(update_fields=["link_is_on", "updated_at"])
        record_audit(actor=by, action="payments.close_pool", record=pool, reason=reason)


@dataclass(frozen=True)
class Invited:
    """What came of a list of addresses."""

    sent: list[str]
    already: list[str]


def invite(*, pool: SeatPool, addresses: Iterable[str], by: User) -> Invited:
    """Keep a free seat for each address and write to it. All or nothing; an address that is invited or seated is left as it is."""
    wanted = list(dict.fromkeys(address.strip().lower() for address in addresses if address.strip()))
    if wrong := [address for address in wanted if not _is_address(address)]:
        raise SeatRefused(_("Not an e-mail address: %(what)s. Nobody was invited; put it right and send the list again.") % {"what": ", ".join(wrong[:5])})
    if len(wanted) > MAX_ADDRESSES:
        raise SeatRefused(_("These are more than %(most)s addresses. Send them in parts.") % {"most": MAX_ADDRESSES})
    with transaction.atomic():
        pool = _lock(pool)
        known = set(pool.seats.filter(state=State.INVITED, email__in=wanted).values_list("email", flat=True))
        known |= set(pool.seats.filter(state=State.TAKEN, user__email__in=wanted).values_list("user__email", flat=True))
        new = [address for address in wanted if address not in known]
        _check_not_pestered(new)
        free = list(pool.seats.filter(state=State.FREE)[: len(new)])
        if len(free) < len(new):
            words = _("%(free)s seats are free, but the list has %(new)s new people. Nobody was invited: shorten the list or buy more seats.")
            raise SeatRefused(words % {"free": len(free), "new": len(new)}, code="too_few_seats")
        for seat, address in zip(free, new, strict=True):
            seat.state, seat.email, seat.invited_at, seat.invited_by = State.INVITED, address, clock.now(), by
            seat.invite_version += 1
            seat.save(update_fields=["state", "email", "invited_at", "invited_by", "invite_version", "updated_at"])
            record_audit(actor=by, action="payments.invite_to_seat", record=seat, pool=pool.pk)
            _send_invitation(seat, pool)
    return Invited(sent=new, already=[address for address in wanted if address in known])


def invite_again(*, seat: OrganizationSeat, by: User) -> OrganizationSeat:
    """Write once more to somebody who has not come, with a new link; the old one is worthless."""
    with transaction.atomic():
        pool = _lock(seat.pool)
        seat = OrganizationSeat.objects.get(pk=seat.pk)
        if seat.state != State.INVITED:
            raise SeatRefused(_("There is no open invitation on this seat. Look at the list again."))
        if seat.invited_at and clock.now() - seat.invited_at < REPEAT_AFTER:
            raise SeatRefused(_("An invitation went out a moment ago. Wait an hour before you send another."), code="invited_just_now")
        _check_not_pestered([seat.email])
        seat.invite_version += 1
        seat.invited_at, seat.invited_by = clock.now(), by
        seat.save(update_fields=["invite_version", "invited_at", "invited_by", "updated_at"])
        record_audit(actor=by, action="payments.invite_again", record=seat)
        _send_invitation(seat, pool)
    return seat


def free_seat(*, seat: OrganizationSeat, by: User) -> OrganizationSeat:
    """Call an invitation back, or take a seat from somebody who has not begun; a second call changes nothing.

    Raises SeatRefused when its holder has begun: what was used is not given to somebody else.
    """
    with transaction.atomic():
        pool = _lock(seat.pool)
        seat = OrganizationSeat.objects.select_related("grant", "user").get(pk=seat.pk)
        if seat.state in (State.FREE, State.WITHDRAWN):
            return seat
        subject = pool.line.subject
        if seat.user is not None and subjects.kind_of(subject).is_started(seat.user, subject):
            raise SeatRefused(_("%(who)s has begun, so the seat is used. Buy another seat for the next person.") % {"who": seat.user}, code="seat_used")
        record_audit(actor=by, action="payments.free_seat", record=seat, was=seat.state, person=seat.user_id)
        _empty(seat, State.FREE, by=by, reason=_("The organization gave the seat to somebody else."))
    return seat


def take_seat(*, token: str, user: User) -> OrganizationSeat:
    """Give `user` the seat that a link or an invitation stands for; following it again returns the same seat.

    Raises SeatRefused with what to do: the link is old or off, no seat is free, the person has access already.
    """
    kind, pk, version = read_token(token)
    found = SeatPool.objects.filter(pk=pk) if kind == "pool" else SeatPool.objects.filter(seats__pk=pk)
    with transaction.atomic():
        Order.objects.select_for_update(no_key=True, of=("self",)).filter(lines__pool__in=found).first()  # where refunds and disputes wait
        pool = _lock(found.first())
        if held := pool.seats.filter(state=State.TAKEN, user=user).first():
            return held
        seat = _seat_of_link(pool, version) if kind == "pool" else _seat_of_invitation(pool, pk, version)
        line = pool.line
        _check_unquestioned(pool)
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two pools may hold a seat for one person
        _check_not_suspended(user, line)
        if AccessGrant.objects.live().filter(user=user, subject=line.subject).exists():
            raise SeatRefused(_("“%(title)s” is open to you already, so you do not need this seat. It stays free for a colleague.") % {"title": line.title})
        reason = f"{pool.organization}, order {line.order.number}"
        streams = line.order.price.product.streams
        grant = grant_access(user=user, subject=line.subject, source="organization", reason=reason, expires_at=_until(line.access_days), streams=streams)
        seat.state, seat.user, seat.taken_at, seat.grant = State.TAKEN, user, clock.now(), grant
        seat.save(update_fields=["state", "user", "taken_at", "grant", "updated_at"])
        record_audit(actor=user, action="payments.take_seat", record=seat, pool=pool.pk)
    return seat


def _check_unquestioned(pool: SeatPool) -> None:
    """A payment that a bank questions gives nothing new until it is decided."""
    if any(is_questioned(payment) for payment in pool.line.order.payments.all()):
        words = _("A bank questions the payment for this seat, so it cannot be taken now. Ask %(who)s, or try again in some weeks.")
        raise SeatRefused(words % {"who": pool.organization}, code="payment_disputed")


def _check_not_suspended(user: User, line: OrderLine) -> None:
    theirs = AccessGrant.objects.standing().filter(user=user, subject=line.subject, source=AccessGrant.Source.ORGANIZATION)
    if theirs.filter(suspended_at__isnull=False).exists():
        words = _("Your access to “%(title)s” is suspended while a bank questions a payment. It opens again when that is settled; this seat stays free.")
        raise SeatRefused(words % {"title": line.title}, code="payment_disputed")


def pool_of_token(token: str) -> SeatPool:
    """What `token` leads to, while it leads anywhere. Raises SeatRefused."""
    kind, pk, version = read_token(token)
    pool = (SeatPool.objects.filter(pk=pk) if kind == "pool" else SeatPool.objects.filter(seats__pk=pk)).select_related("line__order", "organization").first()
    if pool is None:
        raise SeatRefused(_("This link leads to nothing any more. Ask for a new one."), code="bad_link")
    _seat_of_link(pool, version) if kind == "pool" else _seat_of_invitation(pool, pk, version)
    _check_unquestioned(pool)
    return pool


def seat_held(*, token: str, user: User) -> OrganizationSeat | None:
    """The seat that `user` has already of the seats `token` leads to. Raises SeatRefused for a token that leads nowhere."""
    kind, pk, _version = read_token(token)
    held = OrganizationSeat.objects.filter(state=State.TAKEN, user=user).select_related("pool__line")
    return (held.filter(pool=pk) if kind == "pool" else held.filter(pool__seats=pk)).first()


def set_link(*, pool: SeatPool, is_on: bool, by: User) -> SeatPool:
    """Switch the link for everybody on or off. Switched on, it is a new one: links given out before stay worthless."""
    with transaction.atomic():
        pool = _lock(pool)
        if pool.link_is_on == is_on:
            return pool
        pool.link_is_on = is_on
        pool.link_version += 1
        pool.save(update_fields=["link_is_on", "link_version", "updated_at"])
        record_audit(actor=by, action="payments.set_seat_link", record=pool, is_on=is_on)
    return pool


def link_token(pool: SeatPool) -> str:
    return signing.dumps(["pool", pool.pk, pool.link_version], salt=SALT)


def invitation_token(seat: OrganizationSeat) -> str:
    return signing.dumps(["seat", seat.pk, seat.invite_version], salt=SALT)


def read_token(token: str) -> tuple[str, int, int]:
    """("pool" or "seat", its primary key, the version). Raises SeatRefused for what we did not sign."""
    try:
        kind, pk, version = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise SeatRefused(_("This link is not complete. Open it from the message again, or ask for a new one."), code="bad_link") from error
    return kind, pk, version


def addresses_of(text: str) -> list[str]:
    """Addresses in a pasted list or a CSV file: whatever holds an @ counts, so a column of names does no harm."""
    return [word for word in re.split(r"[\s,;<>\"']+", text) if "@" in word]


def left_out_of(text: str) -> list[str]:
    """What somebody typed between the commas and line ends that holds no address."""
    cells = (cell.strip() for cell in re.split(r"[,;\r\n]+", text))
    return [cell for cell in cells if cell and "@" not in cell]


def _lock(pool: SeatPool | None) -> SeatPool:
    if pool is None:
        raise SeatRefused(_("This link leads to nothing any more. Ask for a new one."), code="bad_link")
    return SeatPool.objects.select_for_update(of=("self",)).select_related("line__order", "organization").get(pk=pool.pk)


def _seat_of_link(pool: SeatPool, version: int) -> OrganizationSeat:
    if not pool.link_is_on or version != pool.link_version:
        raise SeatRefused(_("This link is switched off. Ask %(who)s for a new one.") % {"who": pool.organization}, code="link_off")
    if seat := pool.seats.filter(state=State.FREE).first():
        return seat
    raise SeatRefused(_("All seats are taken. Ask %(who)s to buy another.") % {"who": pool.organization}, code="no_seat_free")


def _seat_of_invitation(pool: SeatPool, pk: int, version: int) -> OrganizationSeat:
    seat = pool.seats.get(pk=pk)
    if seat.state != State.INVITED or version != seat.invite_version:
        raise SeatRefused(_("This invitation was called back or used. Ask %(who)s for a new one.") % {"who": pool.organization}, code="invitation_over")
    return seat


def _empty(seat: OrganizationSeat, state: str, *, by: User | None, reason: str) -> None:
    grant = seat.grant
    seat.state, seat.user, seat.taken_at, seat.grant, seat.email = state, None, None, None, ""
    seat.invite_version += 1
    seat.save(update_fields=["state", "user", "taken_at", "grant", "email", "invite_version", "updated_at"])
    if grant is not None:
        revoke_access(grant=grant, by=by, reason=reason)


def _until(days: int | None) -> datetime | None:
    """The access period begins when the seat is taken, so that a seat kept for later loses nothing."""
    return clock.now() + timedelta(days=days) if days else None


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _check_not_pestered(addresses: list[str]) -> None:
    """Calling back and inviting anew would otherwise write to one address as often as anybody likes."""
    letters = MailMessage.objects.filter(key__startswith=INVITATION_KEY, to_address__in=addresses, created_at__gt=clock.now() - timedelta(days=1))
    counted = letters.order_by().values_list("to_address").annotate(letters=Count("pk"))
    if often := sorted(address for address, letters in counted if letters >= DAILY_LETTERS):
        words = _("Enough invitations went to %(who)s today. Nobody was invited: wait until tomorrow, or leave them out.")
        raise SeatRefused(words % {"who": ", ".join(often[:5])}, code="invited_too_often")


def _send_invitation(seat: OrganizationSeat, pool: SeatPool) -> None:
    person = User.objects.filter(email=seat.email).first()
    context = {"pool": pool, "title": pool.line.title, "organization": pool.organization, "token": invitation_token(seat), "days": pool.line.access_days}
    key = f"{INVITATION_KEY}{seat.pk}:{seat.invite_version}"
    # Confidential: whoever reads the link can have the seat.
    send_mail_once(key=key, template="payments/mail/seat_invitation", context=context, recipient=person, to_address=seat.email, is_confidential=True)
