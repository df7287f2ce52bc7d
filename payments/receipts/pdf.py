"""Sets a receipt with Typst: US Letter, PDF/A-2a and PDF/UA-1.

All data reach the template as one JSON string, so a title such as `#import "x" $1$` is printed, never run.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from core.typesetting import Template
from payments.selectors.receipts import Receipt

_TEMPLATE = Template(Path(__file__).with_name("receipt.typ"))


def receipt_pdf(receipt: Receipt, *, made_at: datetime) -> bytes:
    """The PDF of `receipt`. The same receipt and time give the same bytes.

    A sign that no typeface has is an empty box; such a receipt is an ordinary PDF, as the standards allow no boxes.
    """
    words = {
        "title": receipt.title,
        "what": _("What"),
        "quantity": _("Number"),
        "unit": _("Each"),
        "amount": _("Amount"),
        "total": _("Total"),
        "from": _("From"),
        "for": _("For"),
        "day": _("Date"),
        "paid": _("Payment"),
        "left": _("Paid after refunds"),
    }
    data = asdict(receipt) | {"words": words}
    return _TEMPLATE.paper(data, made_at=made_at)
