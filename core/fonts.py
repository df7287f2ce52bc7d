"""The typefaces printed papers (`core.typesetting`) are set in: files of pinned packages, never the machine's own fonts.

Every file's SHA-256 is written down here, so that a changed file stops the rendering instead of changing the paper.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path

SERIF_LATIN = "EB Garamond"
SANS_LATIN = "Noto Sans"

FONT_FILES = {
    ("fontpkg_eb_garamond", "files/EBGaramond-Italic[wght].ttf"): "bba2c4499c93c9612b90b9825d32b07da52fce2fe57562a1eb6b833553f93c4e",
    ("fontpkg_eb_garamond", "files/EBGaramond[wght].ttf"): "ef9512f92f6d579e5dc75af59a5a4b1b8b47d2eda89e00b954d44520e5369027",
    ("fontpkg_noto_sans", "files/NotoSans-Italic[wdth,wght].ttf"): "58e6e0ebd1931b29a365aa2d3e2ee9a9e831a3af7cf3ad1462d4e72154f0b291",
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"): "bfb7bb691513f12e734dc346c03a03f784912432d7e3fa8e56efcf906fe86b3d",
    ("pylopdf_fonts_ar", "NotoNaskhArabic-Variable.ttf"): "67b5a525a661b607971fbd3f96a81b89d3a768e74534fca84f18ac97e6fab72f",
    ("pylopdf_fonts_he", "NotoSerifHebrew-Variable.ttf"): "93caef921360788dc3b0e32136bb26f16bc57717ec482d48fc7fd43820617165",
    ("pylopdf_fonts_hi", "NotoSerifDevanagari-Variable.ttf"): "1191e07bfeb062d80e252eb85b0eafdfbda1e350707a2a60628668e8f677dbbb",
    ("pylopdf_fonts_th", "NotoSerifThai-Variable.ttf"): "34a7ad11647c845303aabdde639059806c56b84719e5d2ceb28eb038711bdf53",
    ("pylopdf_fonts_jp", "NotoSerifJP-Regular.otf"): "2c9a12dbd4f2408c4610c7ee84a108b62d7236c3775baed618c64d9cb44b2f04",
    ("pylopdf_fonts_ko", "NotoSerifKR-Regular.otf"): "5ea012e15cb7eacc1f680aee1703f3b164791b1443ea3e52b65080cca5d179cf",
    ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"): "e8f396decc1f0963a016a989c3d8852e863d1350996f573860a80767c83a1cd3",
}

OTHER_SCRIPTS = ("Noto Naskh Arabic", "Noto Serif Hebrew", "Noto Serif Devanagari", "Noto Serif Thai")
HAN = {"ja": "Noto Serif JP", "ko": "Noto Serif KR", "zh": "Noto Serif SC"}


class FontChanged(RuntimeError):
    """A font file is not the one this version was checked with."""


@cache
def checked_font_folders() -> tuple[str, ...]:
    """The folders that hold the fonts, after comparing every file's hash. Raises FontChanged."""
    folders: dict[str, None] = {}
    for (package, name), expected in FONT_FILES.items():
        path = Path(str(files(package))) / name
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise FontChanged(f"{package}/{name} has SHA-256 {found}, not {expected}. Install the locked requirements again.")
        folders[str(path.parent)] = None
    return tuple(folders)


@cache
def fonts_fingerprint() -> str:
    """One short hash that stands for all font files, kept with each certificate."""
    lines = "\n".join(f"{package}/{name} {digest}" for (package, name), digest in sorted(FONT_FILES.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def han_language(text: str) -> str:
    """Which forms Han characters in `text` take: "ja", "ko" or "zh".

    Kana or Hangul decide. Otherwise a character that only one national set knows decides; without any, Chinese
    forms are used.
    """
    if any("぀" <= ch <= "ヿ" for ch in text):
        return "ja"
    if any("가" <= ch <= "힣" or "ᄀ" <= ch <= "ᇿ" for ch in text):
        return "ko"
    han = [ch for ch in text if "㐀" <= ch <= "鿿"]
    japanese_only = any(_in_set(ch, "shift_jis") and not _in_set(ch, "gb2312") for ch in han)
    chinese_only = any(_in_set(ch, "gb2312") and not _in_set(ch, "shift_jis") for ch in han)
    return "ja" if japanese_only and not chinese_only else "zh"


def _in_set(ch: str, charset: str) -> bool:
    try:
        ch.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def families_for(text: str, *, latin: str) -> list[str]:
    """Typefaces in the order they are tried for `text`, beginning with `latin`."""
    first = HAN[han_language(text)]
    return [latin, *((SANS_LATIN,) if latin != SANS_LATIN else ()), *OTHER_SCRIPTS, first, *(name for name in HAN.values() if name != first)]
