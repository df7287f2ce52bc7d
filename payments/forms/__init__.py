from payments.forms.access import GrantForm, RevokeForm
from payments.forms.membership import PauseForm
from payments.forms.products import ItemFormSet, PriceForm, ProductForm, PromotionForm
from payments.forms.refunds import RefundForm

__all__ = [
    "GrantForm",
    "ItemFormSet",
    "PauseForm",
    "PriceForm",
    "ProductForm",
    "PromotionForm",
    "RefundForm",
    "RevokeForm",
]
