"""TTML and its dialects (DFXP, IMSC, EBU-TT-D): ttconv understands the times and styles; the XML is read here, hardened."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree
from xml.parsers import expat

import ttconv.imsc.reader
from django.utils.translation import gettext as _
from ttconv import model
from ttconv.style_properties import FontStyleType, FontWeightType, StyleProperties, TextDecorationType

from streaming.services.captions.formats import Found
from streaming.services.captions.markup import escaped

# ttconv keeps no line and no name of an element, but its language, which has no other use here.
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
OPEN_END = Fraction(359_999)  # seconds; ttconv ends an element that begins later and has no end of its own before it begins
MOST_ELEMENTS, DEEPEST = 60_000, 30
TIME = re.compile(r"\d{2,4}:[0-5]\d:[0-5]\d(?:\.\d{1,9}|:\d{2,3}(?:\.\d{1,4})?)?|\d{1,9}(?:\.\d{1,9})?(?:h|m|s|ms|f|t)", re.ASCII)
logging.getLogger("ttconv").setLevel(logging.CRITICAL)  # what a stranger's file lacks is told to the stranger


class Unreadable(Exception):
    def __init__(self, line: int, why: str):
        self.line, self.why = line, why


def read_ttml(text: str) -> Found:
    found = Found()
    try:
        root, lines = _parsed(text)
        _check_times(root, lines, found)
        if found.problems:
            return found
        document = ttconv.imsc.reader.to_model(ElementTree.ElementTree(root))
    except Unreadable as fault:
        found.problems.append((fault.line, fault.why))
        return found
    except Exception:
        # ttconv raises whatever an odd file makes happen inside it (KeyError, TypeError…): for the person it is one thing.
        logging.getLogger(__name__).info("A TTML file could not be read.", exc_info=True)
        document = None
    body = document.get_body() if document else None
    if body is None:
        found.problems.append((1, _("the TTML cannot be understood. Save it as WebVTT or SRT in the program it comes from.")))
        return found
    for paragraph, start, end in _paragraphs(body, Fraction(0), None):
        line = int(paragraph.get_lang().rpartition("-")[2])
        if end is None:
            found.problems.append((line, _("the caption has no end. Give it an end or a dur.")))
        else:
            found.add(round(start * 1000), round(end * 1000), _text(paragraph, frozenset()), "", line)
    return found


def _parsed(text: str) -> tuple[ElementTree.Element, dict[ElementTree.Element, int]]:
    """The root, and the line each element began at. No document type, so no entities of its own: nothing can expand."""
    parser, builder = expat.ParserCreate("utf-8", namespace_separator="}"), ElementTree.TreeBuilder()
    lines: dict[ElementTree.Element, int] = {}
    depth = 0

    def named(name: str) -> str:
        return "{" + name if "}" in name else name

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST or len(lines) > MOST_ELEMENTS:
            raise Unreadable(parser.CurrentLineNumber, _("the file is nested too deeply or holds too much for captions."))
        element = builder.start(named(name), {named(key): value for key, value in attributes.items()})
        lines[element] = parser.CurrentLineNumber
        if element.tag.endswith(("}body", "}div", "}p")) and "end" not in element.attrib and "dur" not in element.attrib:
            element.set("dur", f"{OPEN_END}s")
        if element.tag.endswith("}p"):
            element.set(XML_LANG, f"x-{parser.CurrentLineNumber}")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(named(name))

    def refuse(*_declaration: object) -> None:
        raise Unreadable(parser.CurrentLineNumber, _("the file declares a document type or entities, which captions do not need. Remove that line."))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        # Decoded already: what the declaration says of the encoding is no longer so.
        parser.Parse(re.sub(r"\A\s*<\?xml[^>]*\?>", lambda said: "\n" * said[0].count("\n"), text).encode(), True)
    except expat.ExpatError as error:
        raise Unreadable(error.lineno, _("the XML is broken here: %(why)s.") % {"why": expat.errors.messages.get(error.code, "")}) from error
    return builder.close(), lines


def _check_times(root: ElementTree.Element, lines: dict[ElementTree.Element, int], found: Found) -> None:
    for element in root.iter():
        for name in ("begin", "end", "dur"):
            value = element.get(name)
            if value is not None and not TIME.fullmatch(value.strip()):
                found.problems.append((lines[element], _("“%(time)s” is not a time like 00:01:02.500.") % {"time": value[:40]}))


def _paragraphs(element: model.ContentElement, begin: Fraction, end: Fraction | None) -> Iterator[tuple[model.P, Fraction, Fraction | None]]:
    """Each paragraph with its times in the film; those of the elements around it are added."""
    start = begin + (element.get_begin() or Fraction(0))
    stop = end if element.get_end() is None else begin + element.get_end()
    if stop is not None and end is not None:
        stop = min(stop, end)
    if isinstance(element, model.P):
        if element.get_end() == (element.get_begin() or 0) + OPEN_END:
            stop = None
        timed = [child for child in element if isinstance(child, model.Span) and child.get_begin() is not None]
        if stop is None and timed and all(child.get_end() is not None for child in timed):
            stop = start + max(child.get_end() for child in timed)
        yield element, start, stop
        return
    for child in element:
        yield from _paragraphs(child, start, stop)


def _text(element: model.ContentElement, inside: frozenset[str]) -> str:
    if isinstance(element, model.Text):
        return escaped(re.sub(r"\s+", " ", element.get_text()))
    if isinstance(element, model.Br):
        return "\n"
    decoration = element.get_style(StyleProperties.TextDecoration)
    wanted = {
        "i": element.get_style(StyleProperties.FontStyle) in {FontStyleType.italic, FontStyleType.oblique},
        "b": element.get_style(StyleProperties.FontWeight) is FontWeightType.bold,
        "u": isinstance(decoration, TextDecorationType) and decoration.underline is True,
    }
    tags = [tag for tag, is_on in wanted.items() if is_on and tag not in inside]
    said = "".join(_text(child, inside | set(tags)) for child in element)
    return "".join(f"<{tag}>" for tag in tags) + said + "".join(f"</{tag}>" for tag in reversed(tags)) if said.strip() else said
