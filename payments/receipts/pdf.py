"""Sets a receipt with Typst: US Letter, PDF/A-2a and PDF/UA-1.

All data reach the template as one JSON string, so a title such as `#import "x" $1$` is printed, never run.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for
from payments.selectors.receipts import Receipt

logger = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
_lock = threading.Lock()
_compiler: tuple[int, typst.Compiler] | None = None


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
    texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
    data |= {"sans": families_for(texts, latin=SANS_LATIN), "serif": families_for(texts, latin=SERIF_LATIN)}
    with _lock:
        try:
            pdf = _compile(data, made_at, is_archival=True)
        except typst.TypstError as refusal:  # somebody's name has a sign that no typeface here has, 🦵 for one
            logger.warning("Receipt %s is set as an ordinary PDF: %s", receipt.number, refusal)
            pdf = _compile(data, made_at, is_archival=False)
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


def _compile(data: dict[str, Any], made_at: datetime, *, is_archival: bool) -> Any:
    texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return _own_compiler().compile(
        format="pdf",
        sys_inputs={"data": texts},
        pdf_standards=["a-2a", "ua-1"] if is_archival else None,
        timestamp=made_at.replace(microsecond=0),
    )


def _own_compiler() -> typst.Compiler:
    """This process's compiler, made on first use; one used before a fork hangs, so a child makes its own."""
    global _compiler
    if _compiler is not None and _compiler[0] != os.getpid():
        raise RuntimeError("This process was forked from one that had set a receipt already; start it afresh.")
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
        _compiler = (os.getpid(), typst.Compiler(_FOLDER / "receipt.typ", root=_FOLDER, font_paths=fonts))
    return _compiler[1]
