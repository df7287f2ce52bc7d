"""Access, products, orders and payments for tests: the smallest valid rows. Whole stories go through the services."""

from datetime import timedelta

import factory
from django.utils import timezone

from payments.models import AccessGrant, Balance, Order, OrderLine, Payment, Price, Product, ProductItem, PromotionCode, Subscription
from tests.factories.accounts import UserFactory

ENVIRONMENT = "stand-in"


class AccessGrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccessGrant

    user = factory.SubFactory(UserFactory)
    subject = factory.Sequence(lambda n: f"course:{n}")
    source = AccessGrant.Source.FREE
    starts_at = factory.LazyFunction(timezone.now)


class ProductFactory(factory.django.DjangoModelFactory):
    """On sale, with one item. `subject="course:81"` says what it opens."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    kind = Product.Kind.COURSE
    slug = factory.Sequence(lambda n: f"product-{n:05}")
    title = factory.Sequence(lambda n: f"The knee {n:05}")
    is_active = True
    refund_policy = "Refunds within 14 days."

    @factory.post_generation
    def subject(self, create, extracted, **kwargs):
        ProductItem.objects.create(product=self, subject=extracted or f"thing:{self.pk}")


class PriceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Price

    product = factory.SubFactory(ProductFactory)
    currency = "usd"
    amount_cents = 4900


class MembershipPriceFactory(PriceFactory):
    product = factory.SubFactory(ProductFactory, kind=Product.Kind.MEMBERSHIP, subject="library", title="Library membership")
    amount_cents = 1900
    interval = Price.Interval.MONTH


class PromotionCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PromotionCode

    code = factory.Sequence(lambda n: f"KNEE-{n:05}")
    percent_off = 10


class OrderFactory(factory.django.DjangoModelFactory):
    """An open order with one line for each item of the product."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    price = factory.SubFactory(PriceFactory)
    environment = ENVIRONMENT
    currency = factory.SelfAttribute("price.currency")
    subtotal_cents = factory.LazyAttribute(lambda order: order.price.amount_cents * order.quantity)
    total_cents = factory.SelfAttribute("subtotal_cents")
    quantity = 1
    hold_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=40))

    @factory.post_generation
    def lines(self, create, extracted, **kwargs):
        for item in self.price.product.items.all():
            OrderLine.objects.create(
                order=self,
                item=item,
                beneficiary=None if self.organization else self.user,
                subject=item.subject,
                title=self.price.product.title,
                quantity=self.quantity,
                unit_cents=self.price.amount_cents,
                subtotal_cents=self.subtotal_cents,
                total_cents=self.total_cents,
                refund_policy=self.price.product.refund_policy,
            )


class PaidOrderFactory(OrderFactory):
    """Marked paid, with nothing given for it: use the services when access or a payment matters."""

    state = Order.State.PAID
    paid_at = factory.LazyFunction(timezone.now)


class PaymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Payment

    order = factory.SubFactory(PaidOrderFactory)
    user = factory.SelfAttribute("order.user")
    environment = ENVIRONMENT
    stripe_payment_intent_id = factory.Sequence(lambda n: f"pi_{n}")
    stripe_charge_id = factory.Sequence(lambda n: f"ch_{n}")
    currency = factory.SelfAttribute("order.currency")
    amount_cents = factory.SelfAttribute("order.total_cents")
    paid_at = factory.LazyFunction(timezone.now)


class SubscriptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Subscription

    user = factory.SubFactory(UserFactory)
    price = factory.SubFactory(MembershipPriceFactory)
    environment = ENVIRONMENT
    stripe_subscription_id = factory.Sequence(lambda n: f"sub_{n}")
    status = Subscription.Status.ACTIVE
    current_period_start = factory.LazyFunction(timezone.now)
    current_period_end = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))
    paid_through = factory.SelfAttribute("current_period_end")
    projected_at = factory.LazyFunction(timezone.now)


class BalanceFactory(factory.django.DjangoModelFactory):
    """Still to pay for a line whose deposit was paid."""

    class Meta:
        model = Balance

    line = factory.LazyFunction(lambda: PaidOrderFactory().lines.get())
    due_on = factory.LazyFunction(lambda: timezone.now().date() + timedelta(days=20))
    time_zone = "America/Chicago"
    amount_cents = 13000
    balance_days = 14
    grace_days = 3
    rule = "kept"
    terms = "The rest is due. If it is not paid, the seat is given back, and the deposit is kept."
