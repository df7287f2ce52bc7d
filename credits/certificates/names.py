"""What may be printed as text, and in which direction."""

from __future__ import annotations

import unicodedata
from typing import Literal

from django.utils.translation import gettext as _

from core.errors import DomainError

_REFUSED_CATEGORIES = {"Cc", "Cf", "Co", "Cn", "Cs"}
_JOINERS = {"\u200c", "\u200d"}  # Persian and Indic spelling needs these two


class UnprintableText(DomainError):
    code = "unprintable_text"


def clean_text(text: str, *, what: str) -> str:
    """`text` in NFC with single spaces. Raises UnprintableText for controls, direction overrides and private characters."""
    composed = " ".join(unicodedata.normalize("NFC", text).split())
    for ch in composed:
        if unicodedata.category(ch) in _REFUSED_CATEGORIES and ch not in _JOINERS:
            raise UnprintableText(
                _("%(what)s contains a character that cannot be printed (U+%(code)s). Remove it and try again.") % {"what": what, "code": f"{ord(ch):04X}"}
            )
    return composed


def direction_of(text: str) -> Literal["ltr", "rtl"]:
    """The direction of the first character that has one."""
    for ch in text:
        kind = unicodedata.bidirectional(ch)
        if kind == "L":
            return "ltr"
        if kind in ("R", "AL"):
            return "rtl"
    return "ltr"


_PLAIN_LETTERS = str.maketrans({"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"})


def search_words(name: str) -> str:
    """`name` as small plain letters and single spaces, so that “Dang” finds “Đặng” and “O'Brien” finds “O’Brien”."""
    decomposed = unicodedata.normalize("NFKD", name.casefold()).translate(_PLAIN_LETTERS)
    letters = (ch for ch in decomposed if not unicodedata.category(ch).startswith("M") and ch not in "'’`")
    return " ".join("".join(ch if ch.isalnum() else " " for ch in letters).split())


def has_surname(search_name: str, typed: str) -> bool:
    """Whether `typed` is a word of the name, or several in a row."""
    wanted = search_words(typed)
    return bool(wanted) and f" {wanted} " in f" {search_name} "
