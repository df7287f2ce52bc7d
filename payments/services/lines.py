"""What becomes of one line after it was paid: its money goes back, or it gives another thing."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record_audit
from core.errors import DomainError
from payments.models import AccessGrant, Order, OrderLine, Refund
from payments.selectors.paid import money_of
from payments.selectors.refunds import is_questioned
from payments.services.access import grant_access, revoke_access
from payments.services.refunds import RefundPart, request_refund, take_back_line


def lock_line(line: OrderLine) -> OrderLine:
    """The line afresh, with its order and those that added to it locked, in one sequence. The caller holds a transaction.

    Call it before the lock of what the line gives (a workshop's row).
    """
    orders = Order.objects.filter(Q(lines=line.pk) | Q(lines__adds_to=line.pk)).values("pk")
    list(Order.objects.select_for_update(no_key=True).filter(pk__in=orders).order_by("pk"))
    return OrderLine.objects.select_related("order__user", "order__price__product", "item", "beneficiary", "grant").get(pk=line.pk)


def give_back(
    *, line: OrderLine, by: User | None, reason: str, reason_class: str, key: str, cents: int | None = None, closes_access: bool = True
) -> list[Refund]:
    """Refund `cents` of everything that was paid for `line` (None: all that is left), its own price first.

    With `closes_access` what the line gives ends, also when it cost nothing. A repeat with the same `key` returns the
    same refunds. Raises RefundRefused when a bank questions a payment that would have to give.
    """
    with transaction.atomic():
        line = lock_line(line)
        found: list[Refund] = []
        for part in money_of([line])[line.pk].parts:
            own_key = key if part.line.pk == line.pk else f"{key}:{part.line.pk}"
            earlier = Refund.objects.filter(key=own_key).first()
            amount = part.left_cents if cents is None else min(part.left_cents, cents)
            if earlier is None and amount:
                closes = closes_access and part.line.pk == line.pk
                parts = [RefundPart(part.line, amount, closes_access=closes)]
                earlier = request_refund(payment=part.payment, by=by, parts=parts, reason=reason, reason_class=reason_class, key=own_key)
            if earlier:
                found.append(earlier)
                cents = None if cents is None else max(0, cents - earlier.amount_cents)
        line.refresh_from_db()
        if closes_access and line.outcome == OrderLine.Outcome.FULFILLED:  # nothing of its own was left to refund
            take_back_line(line=lock_line(line), since=line.order.paid_at, by=by, reason=reason, closes_access=True, is_full=False)
    return found


def move_line(*, line: OrderLine, subject: str, by: User | None, reason: str) -> OrderLine:
    """Let a paid `line` give `subject` from now on; its access goes along. A repeat changes nothing, and moves no money.

    The caller sees to it that there is a place, after this call: the order is locked first.
    """
    with transaction.atomic():
        line = lock_line(line)
        if line.subject != subject:
            _check_standing(line)
            _check_free(line.person, subject)
            before, line.subject = line.subject, subject
            _regrant(line, line.person, by, reason)
            line.save(update_fields=["subject", "grant", "updated_at"])
            record_audit(actor=by, action="payments.move_line", record=line, reason=reason, before=before, after=subject)
    return line


def pass_line_on(*, line: OrderLine, to: User, by: User) -> OrderLine:
    """Let `to` have what a paid `line` gave to somebody else; the order, its receipt and any refund stay with who paid.

    For the same person again nothing changes. The caller sees to the place, after this call: the order is locked first.
    """
    with transaction.atomic():
        line = lock_line(line)
        if line.beneficiary_id != to.pk:
            _check_standing(line)
            if any(is_questioned(payment) for payment in line.order.payments.all()):
                raise DomainError(_("A bank questions the payment, so it cannot be passed on now. Write to the school."), code="payment_disputed")
            if AccessGrant.objects.live().filter(user=to, subject=line.subject).exists():
                raise DomainError(_("%(person)s has a place in “%(title)s” already.") % {"person": to.email, "title": line.title}, code="already_owned")
            was, line.beneficiary = line.beneficiary_id, to
            _regrant(line, to, by, _("Passed on to somebody else."))
            line.save(update_fields=["beneficiary", "grant", "updated_at"])
            record_audit(actor=by, action="payments.pass_line_on", record=line, was=was, now=to.pk)
    return line


def _check_standing(line: OrderLine) -> None:
    if line.outcome != OrderLine.Outcome.FULFILLED or line.order.organization_id:
        raise DomainError(_("“%(title)s” is not open by this order any more, so nothing can be moved.") % {"title": line.title}, code="line_not_standing")
    if line.grant and line.grant.suspended_at:
        raise DomainError(_("The bank of the buyer questions this payment. Nothing can be changed until it has decided."), code="payment_disputed")


def _check_free(person: User, subject: str) -> None:
    if AccessGrant.objects.standing().filter(user=person, subject=subject, source=AccessGrant.Source.ORDER).exists():
        raise DomainError(_("%(person)s has paid for this already.") % {"person": person.email}, code="already_owned")


def _regrant(line: OrderLine, person: User, by: User | None, reason: str) -> None:
    old = line.grant
    if old:
        revoke_access(grant=old, by=by, reason=reason)
    expires_at, streams = (old.expires_at, old.streams) if old else (None, 1)
    line.grant = grant_access(user=person, subject=line.subject, source="order", reason=line.order.number, expires_at=expires_at, streams=streams)
