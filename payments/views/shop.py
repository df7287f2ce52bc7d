"""What can be bought, for everybody."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from payments import subjects
from payments.models import Product


@login_not_required
@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.on_sale().prefetch_related("items"), slug=slug)
    titles = subjects.titles_of([item.subject for item in product.items.all()])
    opens = [titles[item.subject] for item in product.items.all()]
    return render(request, "payments/product_detail.html", {"product": product, "opens": opens, "prices": product.prices.active()})
