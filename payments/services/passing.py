"""A paid line that changes hands: the order, its receipt and any refund stay with whoever paid."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record_audit
from core.errors import DomainError
from payments.models import AccessGrant, OrderLine
from payments.selectors.refunds import is_questioned
from payments.services.access import grant_access, revoke_access
from payments.services.settling import lock_order


def pass_line_on(*, line: OrderLine, to: User, by: User) -> OrderLine:
    """Let `to` have what `line` gave to somebody else; for the same person again nothing changes.

    Refused when the line was not given or was taken back, while a bank questions the payment, and for who has access already.
    """
    with transaction.atomic():
        order = lock_order(line.order)
        line = OrderLine.objects.select_for_update(no_key=True, of=("self",)).select_related("order__user", "beneficiary", "grant").get(pk=line.pk)
        if line.beneficiary_id == to.pk:
            return line
        if order.organization_id or line.outcome != OrderLine.Outcome.FULFILLED or line.grant is None or line.grant.revoked_at:
            raise DomainError(_("What was paid for does not stand any more, so it cannot be passed on. Look at the order."), code="not_to_be_passed_on")
        if any(is_questioned(payment) for payment in order.payments.all()):
            raise DomainError(_("A bank questions the payment, so it cannot be passed on now. Write to the school."), code="payment_disputed")
        if AccessGrant.objects.live().filter(user=to, subject=line.subject).exists():
            raise DomainError(_("%(person)s has a place in “%(title)s” already.") % {"person": to.email, "title": line.title}, code="already_owned")
        old, was = line.grant, line.beneficiary_id
        reason = _("Passed on to somebody else.")
        revoke_access(grant=old, by=by, reason=reason)
        grant = grant_access(user=to, subject=line.subject, source=old.source, reason=old.reason, expires_at=old.expires_at, streams=old.streams)
        line.beneficiary, line.grant = to, grant
        line.save(update_fields=["beneficiary", "grant", "updated_at"])
        line.additions.update(beneficiary=to)  # what another date cost more goes with the seat
        record_audit(actor=by, action="payments.pass_line_on", record=line, reason=reason, was=was, now=to.pk)
    return line
