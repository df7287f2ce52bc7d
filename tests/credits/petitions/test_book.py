"""What is known of bodies' petitions: the file, and mistakes in one."""

from datetime import date

import pytest

from credits.petitions.book import SECTIONS, PetitionBookError, load, petition_book
from credits.petitions.making import heading_of
from credits.rulebook import load as load_rules


def test_every_body_is_a_board_and_says_where_it_was_read():
    book = petition_book()

    assert set(book.bodies) <= set(load_rules())
    assert {code for code, body in book.bodies.items() if body.possible == "no"} == {"nesta"}
    for body in book.bodies.values():
        assert {question.section for question in body.questions} <= set(SECTIONS)
        assert body.confidence == "memory" or body.source.startswith("http")
        assert body.possible != "no" or body.why


def test_a_body_s_own_questions_come_first_and_none_is_asked_twice():
    nasm = petition_book().of("nasm")

    assert [(question.section, question.is_usual) for question in nasm.questions][:3] == [("relevance", False), ("references", False), ("instructor", False)]
    sections = [question.section for question in nasm.questions]
    assert len(sections) == len(set(sections))
    assert {"title", "outline", "hours"} < set(sections)


def test_a_body_nobody_read_of_is_asked_the_usual():
    body = petition_book().of("us_fl_massage")

    assert (body.is_known, body.possible, body.confidence) == (False, "unknown", "memory")
    assert all(question.is_usual for question in body.questions)


def test_facts_keep_their_dates_and_fees():
    afaa = petition_book().of("afaa")

    assert (afaa.fee, afaa.as_of, afaa.confidence) == ("25 USD for each course", date(2021, 3, 31), "read")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_heading(section):
    assert heading_of(section)


GOOD = """
schema: 1
usual: {confidence: memory, questions: [{section: title, ask: "What is it called?"}]}
bodies:
  - {board: ace, possible: "yes", confidence: read, source: "https://example.org", as_of: null}
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("schema: 1", "schema: 2", "schema: it must be 1."),
        ('possible: "yes"', "possible: maybe", "possible: give one of yes, no, unknown, in quotes."),
        ('possible: "yes"', 'possible: "no"', "why: a petition that is not possible says why."),
        ("confidence: read", "confidence: sure", "confidence: give one of read, memory."),
        ('source: "https://example.org"', "source: null", "source: what was read was read somewhere; name it."),
        ("section: title", "section: shoe_size", "`shoe_size` is no section"),
        ("as_of: null", "as_of: null, price: 3", "`price` is no field here."),
        (", as_of: null", "", "`as_of` is missing."),
        ("board: ace", "board: ace, kinds: [seance]", "kinds: `seance` is none"),
        ("bodies:", "bodies: [", "this is not YAML"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_used(tmp_path, before, after, said):
    path = tmp_path / "petitions.yaml"
    path.write_text(GOOD.replace(before, after, 1))

    with pytest.raises(PetitionBookError) as refusal:
        load(path)

    assert said in str(refusal.value)
    assert str(refusal.value).startswith("petitions.yaml")


def test_a_body_named_twice_is_a_mistake(tmp_path):
    path = tmp_path / "petitions.yaml"
    path.write_text(GOOD + GOOD.splitlines()[-1] + "\n")

    with pytest.raises(PetitionBookError, match="it stands here twice"):
        load(path)
