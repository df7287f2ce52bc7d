from payments.forms.access import GrantForm, RevokeForm
from payments.forms.products import ItemFormSet, PriceForm, ProductForm, PromotionForm

__all__ = ["GrantForm", "ItemFormSet", "PriceForm", "ProductForm", "PromotionForm", "RevokeForm"]
