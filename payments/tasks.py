from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from payments.models import AccessGrant, Order, Refund, StripeEvent, Subscription


@job("payments.announce_access")
def announce_grant(job: RunningJob, *, grant: int) -> None:
    from payments.services import announce_access

    announce_access(grant=AccessGrant.objects.select_related("user").get(pk=grant))


@job("payments.sync_prices")
def sync_prices(job: RunningJob) -> None:
    from payments.services import sync_prices

    sync_prices()


def note_unsent_refund(*, refund: int, error: str) -> None:
    from payments.services.refunds import note_unsent

    note_unsent(refund=Refund.objects.get(pk=refund), error=error)


@job("payments.send_refund", on_dead=note_unsent_refund)
def send_refund(job: RunningJob, *, refund: int) -> None:
    from payments.services.refunds import send_refund

    send_refund(refund=Refund.objects.get(pk=refund))


# Waits of an hour in all; what outlasts that is taken up by the reconcile job. An applied event says so itself, so a
# forgotten job does no harm.
@job("payments.apply_event", retry_delays_s=(5, 60, 600, 3000), forget_done=True)
def apply_stored_event(job: RunningJob, *, event: int) -> None:
    from payments.services import apply_event

    apply_event(event=StripeEvent.objects.get(pk=event))


@job("payments.remind_member")
def remind_member_of_end(job: RunningJob, *, subscription: int, about: str, until: str) -> None:
    """Stripe is asked first: a payment whose news was lost must not be dunned."""
    from payments.services import project_subscription, remind_member

    row = Subscription.objects.get(pk=subscription)
    if fresh := project_subscription(subscription_id=row.stripe_subscription_id):
        remind_member(subscription=fresh, about=about, until=until)


@job("payments.check_order", retry_delays_s=(60, 300, 900, 3600))  # an outage may last; then the hourly reconcile job looks
def check_open_order(job: RunningJob, *, order: int) -> None:
    from payments.services import check_order

    check_order(order=Order.objects.get(pk=order))


@job("payments.follow_subscription", retry_delays_s=(60, 300, 900, 3600))
def follow_ordered_subscription(job: RunningJob, *, subscription: str) -> None:
    from payments.services import project_subscription

    project_subscription(subscription_id=subscription)


@job("payments.stop_charging", retry_delays_s=(60, 300, 900, 3600))  # then the hourly reconcile job asks
def stop_charging(job: RunningJob, *, subscription: int) -> None:
    from payments.services.refunds import stop_charging

    stop_charging(subscription=Subscription.objects.get(pk=subscription))


@job("payments.tend_balances", forget_done=True)
def tend_balances_after_deposits(job: RunningJob) -> None:
    from payments.services.balances import tend_balances

    tend_balances()


@job("payments.tend_balance", forget_done=True)
def tend_one_balance(job: RunningJob, *, balance: int) -> None:
    from payments.services.balances import tend_balance

    tend_balance(pk=balance)


periodic("payments.tend_balances", every=timedelta(hours=1))


@job("payments.reconcile", forget_done=True)
def reconcile_with_stripe(job: RunningJob) -> None:
    from payments.gateway.client import is_open
    from payments.services import reconcile

    if is_open():
        reconcile()


periodic("payments.reconcile", every=timedelta(hours=1))
