from payments.models.access import AccessGrant
from payments.models.catalogue import Price, Product, ProductItem, PromotionCode, StripePrice
from payments.models.deposits import Balance, Deposit
from payments.models.inbox import ReconcileRun, StripeEvent
from payments.models.orders import CheckoutAttempt, Customer, Order, OrderLine
from payments.models.seats import OrganizationSeat, SeatPool
from payments.models.settlements import Dispute, Payment, Refund, RefundLine
from payments.models.subscriptions import PortalConfiguration, Subscription

__all__ = [
    "AccessGrant",
    "Balance",
    "CheckoutAttempt",
    "Customer",
    "Deposit",
    "Dispute",
    "Order",
    "OrderLine",
    "OrganizationSeat",
    "Payment",
    "PortalConfiguration",
    "Price",
    "Product",
    "ProductItem",
    "PromotionCode",
    "ReconcileRun",
    "Refund",
    "RefundLine",
    "SeatPool",
    "StripeEvent",
    "StripePrice",
    "Subscription",
]
