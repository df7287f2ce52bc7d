"""Papers set with Typst: the same bytes for the same data, an ordinary PDF where a sign has no typeface, nothing run."""

from datetime import UTC, datetime

import pytest
import typst

from core.typesetting import Template

SOURCE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set text(font: data.sans, lang: "en")
#data.title
"""
MADE_AT = datetime(2026, 11, 23, 15, 0, 0, 999_999, tzinfo=UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("typst") / "line.typ"
    path.write_text(SOURCE)
    return Template(path)


def test_the_same_data_and_second_give_the_same_archival_bytes(template):
    first, again = (template.paper({"title": "The Knee"}, made_at=MADE_AT.replace(microsecond=part)) for part in (1, 2))

    assert first == again
    assert b"pdfaid:part>2<" in first


def test_what_looks_like_code_is_printed(template):
    assert template.paper({"title": '#import "x" $1$ \\ #panic()'}, made_at=MADE_AT).startswith(b"%PDF-")


def test_a_sign_without_a_typeface_makes_an_ordinary_pdf_and_says_so(template, caplog):
    paper = template.paper({"title": "Knee 🦵"}, made_at=MADE_AT)

    assert b"pdfaid" not in paper
    assert "line.typ is set as an ordinary PDF" in caplog.text
    with pytest.raises(typst.TypstError):
        template.compile({"title": "Knee 🦵", "sans": ["Noto Sans"]}, made_at=MADE_AT)
