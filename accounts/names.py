"""What a name may look like. Certificates print it, so nobody may slip in what cannot be seen (CERTIFICATES §7)."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.errors import DomainError

MAX_LENGTH = 120
MAX_MARKS = 4  # more marks on one letter are scribbling over the neighbours, not a name
# Drawn as nothing although Unicode calls them letters, marks or symbols: fillers, the blank Braille cell, variation selectors.
BLANKS = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
# Controls, formats (bidi controls, zero-width), surrogates, private use, unassigned, line and paragraph separators.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SYMBOLS = {"Sm", "Sc", "So"}
ADDRESS = re.compile(r"://|\bwww\.|\.[a-z]{2,}/", re.IGNORECASE)
JOINERS = "\u200c\u200d"  # Persian, Urdu and the scripts of India cannot be spelt without them
VIRAMA = 9  # the combining class of the sign after which they shape a letter


class NameRefused(DomainError):
    code = "name_refused"


def clean_text(text: str) -> str:
    """`text` in Unicode's composed form with single spaces. Raises NameRefused when it holds invisible characters."""
    text = unicodedata.normalize("NFC", text.translate({9: " ", 10: " ", 13: " "}))
    for position, character in enumerate(text):
        if character in JOINERS and _spells(text, position):
            continue
        if unicodedata.category(character) in INVISIBLE or ord(character) in BLANKS:
            code = f"U+{ord(character):04X}"
            raise NameRefused(
                _("There is a character in it that cannot be seen or printed (%(code)s). Please type the name instead of pasting it.") % {"code": code}
            )
    return " ".join(text.split())


def _spells(text: str, position: int) -> bool:
    """Whether the joiner at `position` shapes letters (RFC 5892, A.1 and A.2, in short); anywhere else it only hides."""
    before, after = text[position - 1 : position], text[position + 1 : position + 2]
    if not before or not after:
        return False
    arabic = [unicodedata.bidirectional(neighbour) == "AL" for neighbour in (before, after)]
    return unicodedata.combining(before) == VIRAMA or all(arabic)


def clean_greeting(text: str) -> str:
    """What somebody is called in a letter. No address of a page: the school's letters to strangers would carry it. Raises NameRefused."""
    name = clean_text(text)
    if ADDRESS.search(name):
        raise NameRefused(_("A name has no web address in it. Please type the name alone."))
    return name


def clean_name(text: str, *, max_length: int = MAX_LENGTH) -> str:
    """A part of a legal name as it will be printed; "" stays empty. Raises NameRefused."""
    name = clean_text(text)
    if not name:
        return name
    if len(name) > max_length:
        raise NameRefused(_("This is longer than the %(count)s characters that fit on a certificate. Please shorten it.") % {"count": max_length})
    categories = [unicodedata.category(character) for character in name]
    for character, category in zip(name, categories, strict=True):
        if category in SYMBOLS:
            raise NameRefused(_("“%(character)s” is not part of a name. Please leave it out.") % {"character": character})
    if not any(category.startswith("L") for category in categories):
        raise NameRefused(_("A name has at least one letter."))
    if _longest_run_of_marks(categories) > MAX_MARKS or categories[0].startswith("M"):
        raise NameRefused(_("There are too many accents on one letter. Please type the name as on your licence."))
    return name


def _longest_run_of_marks(categories: list[str]) -> int:
    longest = run = 0
    for category in categories:
        run = run + 1 if category.startswith("M") else 0
        longest = max(longest, run)
    return longest


class NameField(forms.CharField):
    """A form field for a part of a legal name; its value is what `clean_name` makes of it."""

    def __init__(self, *, longest: int = MAX_LENGTH, **options: Any):
        super().__init__(**{"max_length": 2 * longest, **options})
        self.longest = longest

    def clean(self, value: Any) -> str:
        try:
            return clean_name(super().clean(value), max_length=self.longest)
        except NameRefused as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal


class DisplayNameField(forms.CharField):
    """A form field for the name a person is greeted by: anything that can be seen."""

    def __init__(self, **options: Any):
        super().__init__(**{"max_length": MAX_LENGTH, **options})

    def clean(self, value: Any) -> str:
        try:
            return clean_greeting(super().clean(value))
        except NameRefused as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
