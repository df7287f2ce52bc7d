"""What is still owed after a deposit: asked for, paid, let off, or ended with the place. Decision 0046."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.money import format_money
from notifications.services import send_mail_once
from payments import subjects
from payments.models import Balance, Order, OrderLine, Refund
from payments.models.deposits import Rule
from payments.services.additions import Addition, start_addition
from payments.services.lines import give_back, lock_line
from payments.services.refunds import take_back_line
from payments.shares import least_charge

logger = logging.getLogger(__name__)

SOON = timedelta(days=7)
FAIR_WARNING = timedelta(hours=24)  # between the letter that says that it is late and the end of the place


class BalanceRefused(DomainError):
    code = "balance_refused"


def pay_balance(*, balance: Balance, by: User, for_everybody: bool = False) -> Order:
    """Begin to pay the rest: an order that completes the line, the same one until it is over. May call the network.

    Whoever paid the deposit and whoever has the place may; not inside a transaction. `for_everybody` pays what is owed for
    all people of the deposit's order at once, which is for who paid that. Raises BalanceRefused.
    """
    balance = Balance.objects.with_lines().get(pk=balance.pk)
    line = balance.line
    if by.pk not in (line.order.user_id, line.beneficiary_id):
        raise BalanceRefused(_("Only who paid the deposit, or has the place, can pay the rest."), code="not_yours")
    if for_everybody and by.pk != line.order.user_id:
        raise BalanceRefused(_("Only who paid the deposits can pay the rest for everybody."), code="not_yours")
    balances = (_payable_beside(balance) if for_everybody else []) or [balance]
    for each in balances:
        _check_payable(each)
        _check_nobody_else_pays(_open_orders(each).exclude(user=by))
    return start_addition(user=by, price=line.order.price, parts=[_addition(each) for each in balances])


def _payable_beside(balance: Balance) -> list[Balance]:
    """What can be paid now of everybody on the order of `balance`, in the sequence in which it is locked."""
    rows = list(Balance.objects.owed().filter(line__order=balance.line.order_id).with_lines().order_by("pk"))
    return [row for row in rows if subjects.kind_of(row.line.subject).stands(row.line.person, row.line.subject, row.line.order.reference)]


def _addition(balance: Balance) -> Addition:
    line = balance.line
    return Addition(line, line.item, balance.subject, _("Rest: %(title)s") % {"title": line.title}, balance.amount_cents)


def locked_balance(pk: int) -> Balance:
    """The row as it is now, locked until the transaction ends; orders are locked before."""
    return Balance.objects.select_for_update(no_key=True, of=("self",)).select_related("line__order__user", "line__beneficiary", "line__grant").get(pk=pk)


def check_still_owed(*, balance: Balance, reference: str) -> None:
    """For the order of `reference`, which is begun: the balance cannot end while it is open, nor be another sum, nor be paid twice.

    The caller holds that order's transaction; what `pay_balance` saw without a lock is looked at again here.
    """
    balance = locked_balance(balance.pk)
    _check_payable(balance)
    order = int(reference.partition(":")[2])
    own = OrderLine.objects.filter(subject=balance.subject, order=order).first()
    if own and own.unit_cents != balance.amount_cents:
        raise BalanceRefused(_("What is still to be paid has changed while you looked. Look at it again."), code="rest_changed")
    _check_nobody_else_pays(_open_orders(balance).exclude(pk=order))


def settle_balance(*, balance: Balance, reference: str) -> bool:
    """The rest was paid under `reference`. False when nothing is owed any more: payments then refunds it in full."""
    balance = locked_balance(balance.pk)
    if not balance.is_owed:
        return balance.state == Balance.State.PAID and balance.note == reference
    _decide(balance, Balance.State.PAID, None, reference)
    return True


def waive_balance(*, balance: Balance, by: User, reason: str) -> Balance:
    """Staff let the rest off: the place stays. Refused while somebody pays it; a repeat changes nothing."""
    with transaction.atomic():
        lock_line(balance.line)
        balance = locked_balance(balance.pk)
        if balance.state == Balance.State.WAIVED:
            return balance
        _check_staff(balance, by, reason)
        if _open_orders(balance).exists():
            raise BalanceRefused(_("Somebody is paying this rest at this moment. Let that order end first."), code="being_paid")
        _decide(balance, Balance.State.WAIVED, by, reason.strip())
        record_audit(actor=by, action="payments.waive_balance", record=balance, reason=reason, amount_cents=balance.amount_cents)
        _write(balance, "balance_changed", "waived")
    return balance


def extend_balance(*, balance: Balance, by: User, until: date, reason: str) -> Balance:
    """Staff set another day, before the beginning; the letters before and after it are for the new day."""
    with transaction.atomic():
        lock_line(balance.line)
        balance = locked_balance(balance.pk)
        if balance.due_on == until:
            return balance
        _check_staff(balance, by, reason)
        begins = _begins_on(balance)
        if until < balance.today or (begins and until >= begins):
            raise BalanceRefused(_("Choose a day from today on that lies before it begins."), code="bad_day")
        before, balance.due_on, balance.warned_at = balance.due_on, until, None
        balance.save(update_fields=["due_on", "warned_at", "updated_at"])
        record_audit(actor=by, action="payments.extend_balance", record=balance, reason=reason, before=before.isoformat(), after=until.isoformat())
        _write(balance, "balance_changed", f"until:{until}")
    return balance


def lower_balance(*, line: OrderLine, by_cents: int, begins: tuple[datetime, str] | None) -> None:
    """The place was moved: the rest follows to the new day, less what the other date costs less. The line is locked.

    `begins` is when, and in whose zone: from then on days count by that calendar.

    Raises BalanceRefused when the rest is being paid at this moment and would change.
    """
    found = Balance.objects.filter(line=line, state=Balance.State.DUE).first()
    if found is None:
        return
    balance = locked_balance(found.pk)
    if by_cents and _open_orders(balance).exists():
        raise BalanceRefused(_("The rest is being paid at this moment. Finish paying, or cancel that order, and then move the seat."), code="being_paid")
    balance.amount_cents -= min(by_cents, balance.amount_cents)
    if begins:
        starts_at, balance.time_zone = begins
        due_on = clock.civil_date(starts_at, balance.time_zone) - timedelta(days=balance.balance_days)
        balance.due_on, balance.warned_at = max(balance.today, due_on), None
    if balance.amount_cents < least_charge(line.order.currency):
        _decide(balance, Balance.State.WAIVED, None, _("The other date costs less."))
    else:
        balance.save(update_fields=["amount_cents", "due_on", "time_zone", "warned_at", "updated_at"])


def tend_balances() -> int:
    """Write to those whose rest is due soon, today or past its day, and end what was not paid. Safe to repeat; how many were looked at."""
    rows = list(Balance.objects.owed().filter(due_on__lte=clock.now().date() + SOON + timedelta(days=1)).values_list("pk", flat=True))
    for pk in rows:
        try:
            tend_balance(pk=pk)
        except DomainError as refusal:  # a busy database, a payment that a bank questions: the next run looks again
            logger.warning("Balance %s could not be tended: %s", pk, refusal)
    return len(rows)


def tend_balance(*, pk: int) -> Balance:
    """One balance: end it when its place is gone, give the place back when the grace is over, else write what is to be written now."""
    with transaction.atomic():
        line = lock_line(Balance.objects.with_lines().get(pk=pk).line)
        balance = locked_balance(pk)
        if not balance.is_owed:
            return balance
        if not subjects.kind_of(line.subject).stands(line.person, line.subject, line.order.reference):
            return _end_with_place(balance, line)
        if _is_over(balance, line):
            return _forfeit(balance, line)
        today = balance.today
        if today > balance.due_on:
            if balance.warned_at is None:
                balance.warned_at = clock.now()
                balance.save(update_fields=["warned_at", "updated_at"])
            _write(balance, "balance_late", str(balance.due_on))
        elif today == balance.due_on:
            _write(balance, "balance_due", str(balance.due_on))
        elif today >= balance.due_on - SOON:
            _write(balance, "balance_soon", str(balance.due_on))
    return balance


def _is_over(balance: Balance, line: OrderLine) -> bool:
    """Whether the place ends now: never while the rest is being paid, a bank questions the deposit, or it has begun."""
    if balance.today <= balance.last_day or balance.warned_at is None or clock.now() - balance.warned_at < FAIR_WARNING:
        return False
    if _open_orders(balance).exists() or (line.grant and line.grant.suspended_at):
        return False
    return not subjects.kind_of(line.subject).is_started(line.person, line.subject)


def _forfeit(balance: Balance, line: OrderLine) -> Balance:
    """The place is given back by the rule that was stated; the caller holds the locks."""
    back = 0
    if balance.rule == Rule.POLICY:
        back = subjects.kind_of(line.subject).policy_gives_back(line.person, line.subject, line.order.reference)
    reason = _("The rest was not paid by %(day)s.") % {"day": date_format(balance.last_day, "N j, Y")}
    _decide(balance, Balance.State.FORFEITED, None, reason)
    record_audit(actor=None, action="payments.forfeit_balance", record=balance, reason=reason, amount_cents=balance.amount_cents, back_cents=back)
    sums = {"back": format_money(back, line.order.currency) if back else ""}
    kind, template, key = subjects.kind_of(line.subject), "payments/mail/balance_forfeited", f"balance-forfeited:{balance.pk}"
    words = _words(balance, line.person) | sums
    is_by_hand = kind.end_unpaid(user=line.person, subject=line.subject, reference=line.order.reference, template=template, context=words, key=f"{key}:holder")
    if line.order.user_id != line.person.pk:
        words = _words(balance, line.order.user) | sums | {"is_by_hand": is_by_hand}
        send_mail_once(key=f"{key}:buyer", template=template, recipient=line.order.user, context=words)
    give_back(line=line, by=None, reason=reason, reason_class=Refund.ReasonClass.REQUESTED, key=f"balance-forfeited:{balance.pk}", cents=back)
    return balance


def _end_with_place(balance: Balance, line: OrderLine) -> Balance:
    """Its place was given back without its money: nothing more is owed, and a deposit alone gives no other place."""
    reason = _("The place was given back.")
    _decide(balance, Balance.State.FORFEITED, None, reason)
    take_back_line(line=line, since=line.order.paid_at, by=None, reason=reason, closes_access=True, is_full=False)
    return balance


def _open_orders(balance: Balance) -> Any:
    """Orders of the rest that can still be paid, or a bank works on."""
    return Order.objects.open().filter(lines__subject=balance.subject)


def _check_payable(balance: Balance) -> None:
    line = balance.line
    stands = subjects.kind_of(line.subject).stands(line.person, line.subject, line.order.reference)
    if not balance.is_owed or not stands:
        raise BalanceRefused(_("Nothing is to be paid here any more: it is paid, let off, or the place was given back."), code="nothing_owed")
    if line.grant and line.grant.suspended_at:
        raise BalanceRefused(_("Your bank questions the deposit. Write to the school before you pay the rest."), code="payment_disputed")


def _check_nobody_else_pays(orders: Any) -> None:
    if orders.exists():
        raise BalanceRefused(_("Somebody is paying this rest at this moment. Look again in an hour."), code="paid_by_another")


def _check_staff(balance: Balance, by: User, reason: str) -> None:
    if not by.has_role(Role.STAFF):
        raise BalanceRefused(_("Staff alone decide about this."), code="not_staff")
    if not balance.is_owed:
        raise BalanceRefused(_("Nothing is owed here any more."), code="nothing_owed")
    if not reason.strip():
        raise BalanceRefused(_("Say why. It stays on record."), code="reason_needed")


def _begins_on(balance: Balance) -> date | None:
    begins = subjects.kind_of(balance.line.subject).begins(balance.line.subject)
    return clock.civil_date(begins[0], begins[1]) if begins else None


def _decide(balance: Balance, state: str, by: User | None, note: str) -> None:
    now: datetime = clock.now()
    balance.state, balance.decided_at, balance.decided_by, balance.note = state, now, by, note[:300]
    balance.save()


def _words(balance: Balance, reader: User) -> dict[str, Any]:
    """For who has the place or for who paid the deposit; each hears of the other, and whose place it is."""
    line = balance.line
    is_holder, buyer = reader.pk == line.person.pk, line.order.user
    return {
        "balance": balance,
        "title": subjects.title_of(line.subject) if is_holder else line.named_as(subjects.title_of(line.subject)),
        "amount": format_money(balance.amount_cents, line.order.currency),
        "is_kept": balance.rule == Rule.KEPT,
        "is_holder": is_holder,
        "holder": line.person.email,  # the name is not the buyer's to learn
        "other": "" if buyer.pk == line.person.pk else buyer if is_holder else line.person.email,
    }


def _write(balance: Balance, template: str, mark: str) -> None:
    """To who owes it, and to who has the place; once each."""
    line = balance.line
    for person in {line.order.user_id: line.order.user, line.person.pk: line.person}.values():
        key = f"{template}:{balance.pk}:{mark}:{person.pk}"
        send_mail_once(key=key, template=f"payments/mail/{template}", context=_words(balance, person), recipient=person)
