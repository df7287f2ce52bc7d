"""The text of a file in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from streaming.services.captions.markup import printable

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
CYRILLIC, CENTRAL = ("cp1251", "koi8_r", "cp866"), ("cp1250", "iso8859_2")
BY_LANGUAGE = {
    "ja": ("cp932", "euc_jp", "iso2022_jp"),
    "ko": ("cp949",),
    "zh": ("gb18030", "big5"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk", "kk", "mn"), CYRILLIC),
    **dict.fromkeys(("pl", "cs", "sk", "hu", "hr", "sl", "ro", "sq", "bs"), CENTRAL),
    "el": ("cp1253",),
    "tr": ("cp1254",),
    "az": ("cp1254",),
    "he": ("cp1255",),
    **dict.fromkeys(("ar", "fa", "ur"), ("cp1256",)),
    **dict.fromkeys(("et", "lv", "lt"), ("cp1257",)),
    "vi": ("cp1258",),
    "th": ("cp874",),
}
WESTERN = "cp1252"
GUESSED = [WESTERN, *dict.fromkeys(name for names in BY_LANGUAGE.values() for name in names)]
DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{2,40})[\"']", re.ASCII)
# Not UTF-16: the declaration was read as ASCII, so it is not true.
DECLARABLE = {codecs.lookup(name).name for name in (*GUESSED, "ascii", "utf-8", "latin-1", "iso8859-15", "iso8859-5", "big5hkscs", "gbk", "gb2312")}
NAMES = {
    "cp1252": "Windows-1252",
    "cp1251": "Windows-1251",
    "cp1250": "Windows-1250",
    "cp932": "Shift-JIS",
    "cp949": "EUC-KR",
    "gb18030": "GB 18030",
    "big5": "Big5",
}


def text_of(data: bytes, language: str) -> tuple[str, str]:
    """The text with plain line ends, and the name of its encoding where that had to be guessed, else "".

    What the file says of itself counts first (byte-order mark, XML declaration), then UTF-8 and UTF-16 if it is that, then
    what files in `language` are usually saved in.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return printable(data[len(mark) :].decode(encoding, errors="replace")), ""
    for encoding in (_declared(data), _utf_16(data), "utf-8"):
        if encoding and (text := _decoded(data, encoding)) is not None:
            return printable(text), ""
    encoding = _guess(data, language)
    return printable(data.decode(encoding, errors="replace")), NAMES.get(encoding, encoding)


def _declared(data: bytes) -> str:
    found = DECLARED.match(data)
    if found is None:
        return ""
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return ""
    return name if name in DECLARABLE else ""


def _utf_16(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of Western text and of all time lines is zero."""
    head = data[:4000]
    if head.count(0) < len(head) // 5:
        return ""
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _guess(data: bytes, language: str) -> str:
    usual = BY_LANGUAGE.get(language.partition("-")[0].lower(), ())
    if language in {"zh-Hant", "zh-TW", "zh-HK"}:
        usual = ("big5", "gb18030")
    for names in (list(usual), [WESTERN] if not usual else []):
        fitting = [name for name in names if _decoded(data, name) is not None]
        if len(fitting) > 1 and (best := from_bytes(data, cp_isolation=fitting).best()):
            return best.encoding
        if fitting:
            return fitting[0]
    best = from_bytes(data, cp_isolation=GUESSED).best()
    return best.encoding if best else WESTERN
