"""Text of captions: the safe subset of WebVTT's markup, and the same without any."""

from __future__ import annotations

import html
import re

KEPT = {"b", "i", "u", "ruby", "rt", "v", "lang"}
LEFT_OUT = {"c", "font", "span", "div", "p", "a", "img", "em", "strong", "s", "small", "big", "center", "script", "style", "iframe", "object", "embed", "svg"}
LEFT_OUT |= {"html", "body", "head", "meta", "link", "video", "audio", "input", "form", "button", "math", "base", "template"}
SAME_AS = {"em": "i", "strong": "b"}
HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:[\s./][^<>]*)?)>|<(?:\d+:)?\d{1,2}:\d{2}\.\d{3}>")
ENDLESS_NUMBER = re.compile(r"&#[0-9]{9,}")  # no character has it, and Python refuses to read thousands of digits
MOST_NESTED = 20
VOICE = re.compile(r"<v ([^>]*)>")
# Control characters, byte-order marks, and the two private characters that mark what was searched for.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ue000\ue001\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
LINE_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


def printable(text: str) -> str:
    """`text` with plain line ends and without characters that no reader shows."""
    return UNPRINTABLE.sub("", LINE_ENDS.sub("\n", text))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def safe(text: str) -> str:
    """`text` in the subset that is kept: bold, italic, underlined, ruby, voices and languages, all of them closed.

    Other tags go, scripts and styles with what is in them; what only looks like a tag stays as text. Entities of HTML
    become their characters. Done twice it changes nothing more.
    """
    text = HIDDEN.sub("", printable(text))
    out: list[str] = []
    open_tags: list[str] = []
    at = 0
    for tag in TAG.finditer(text):
        name = _name(tag)
        if name is not None:
            out.append(_literal(text[at : tag.start()]))
            _put_tag(out, open_tags, name, tag)
            at = tag.end()
    out.append(_literal(text[at:]))
    out += [f"</{name}>" for name in reversed(open_tags)]
    lines = (line.strip() for line in "".join(out).split("\n"))
    return "\n".join(line for line in lines if line)


def _literal(text: str) -> str:
    return escaped(printable(html.unescape(ENDLESS_NUMBER.sub("", text))))


def _name(tag: re.Match[str]) -> str | None:
    """What tag it is; "" for one to leave out, None for text that only looks like one."""
    if tag[2] is None:
        return ""  # a time inside the text
    name = SAME_AS.get(tag[2].lower(), tag[2].lower())
    if name in KEPT or name == "br":
        return name
    return "" if name in LEFT_OUT else None


def _put_tag(out: list[str], open_tags: list[str], name: str, tag: re.Match[str]) -> None:
    if name == "br":
        out.append("\n")
    elif name and tag[1]:
        while name in open_tags:
            out.append(f"</{open_tags[-1]}>")
            if open_tags.pop() == name:
                break
    elif name and len(open_tags) >= MOST_NESTED:
        return  # nobody means that, and closing tags look through all that are open
    elif name in {"v", "lang"}:
        told = " ".join(_literal(re.sub(r"^[.]\S*", "", tag[3])).split())[:80]
        told = re.sub(r"&[a-z]*\Z", "", told)  # an entity cut in two
        if told:
            out.append(f"<{name} {told}>")
            open_tags.append(name)
    elif name:
        out.append(f"<{name}>")
        open_tags.append(name)


def plain(text: str) -> str:
    """Safe markup as readers and the search see it: no tags, voices by name."""
    return html.unescape(TAG.sub("", VOICE.sub(lambda voice: f"{voice[1]}: ", text))).strip()


def for_editing(text: str) -> str:
    """Safe markup as people type it: `&` for `&amp;` wherever that means the same."""
    typed = text.replace("&amp;", "&")
    return typed if safe(typed) == text else text


def for_subrip(text: str) -> str:
    """Safe markup as SubRip knows it: bold, italic and underlined; voices by name."""
    text = VOICE.sub(lambda voice: f"{voice[1]}: ", text)
    text = re.sub(r"</?(?:v|lang|ruby|rt)\b[^>]*>", "", text)
    return text.replace("&gt;", ">").replace("&amp;", "&") if "&lt;" not in text else text
