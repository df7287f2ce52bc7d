"""Languages by their BCP 47 codes, from Babel's data: checked, found by name, and named in themselves."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError, localedata

CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MOST = 12
# Places whose way of writing or speaking differs enough that captions are made for them.
REGIONAL: tuple[str, ...] = ("de-AT", "de-CH", "en-AU", "en-CA", "en-GB", "en-IE", "en-US", "es-419", "es-AR", "es-ES", "es-MX", "es-US")
REGIONAL += ("fr-BE", "fr-CA", "fr-CH", "nl-BE", "pt-BR", "pt-PT", "sr-Latn", "zh-Hans", "zh-Hant", "zh-Hant-HK")


def language_code(typed: str) -> str:
    """The code that was typed, or of the language that was named, in any case; "" when there is none such."""
    typed = typed.strip()
    if len(typed) <= MOST and CODE.fullmatch(typed) and (locale := _locale(typed)):
        return str(locale).replace("_", "-")
    return _by_name().get(typed.casefold(), "")


def _locale(code: str) -> Locale | None:
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def own_name(code: str) -> str:
    """español (México), 日本語; the code itself where Babel does not know better."""
    locale = _locale(code)
    name = locale.get_display_name(locale) if locale else None
    return (name or code)[:60]


@lru_cache(maxsize=1)
def languages() -> list[tuple[str, str]]:
    """(code, name in itself and in English), by English name."""
    codes = {name for name in localedata.locale_identifiers() if "_" not in name and name != "root"} | set(REGIONAL)
    named = []
    for code in codes:
        locale = Locale.parse(code, sep="-")
        english, own = locale.get_display_name("en"), locale.get_display_name(locale)
        if english and own:
            named.append((english, code, f"{own} – {english}" if own != english else own))
    return [(code, name) for _english, code, name in sorted(named)]


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    found = dict[str, str]()
    for code, name in languages():
        for part in (name, *name.split(" – ")):
            found.setdefault(part.casefold(), code)
    return found
