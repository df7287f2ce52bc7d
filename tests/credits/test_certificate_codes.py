"""Serials, tokens and names as people type them."""

import pytest

from credits.certificates.codes import ALPHABET, check_symbol, new_serial, new_token, read_serial, read_token
from credits.certificates.names import UnprintableText, clean_text, direction_of, has_surname, search_words


def test_a_serial_survives_being_typed():
    serial = new_serial()

    assert read_serial(serial) == serial
    assert read_serial(serial.lower().replace("-", " ")) == serial
    assert read_serial(serial.removeprefix("SMRT-")) == serial


def test_one_wrong_symbol_or_two_exchanged_are_noticed():
    body = "7K3F92Q"
    symbols = body + check_symbol(body)
    for place in range(8):
        for other in ALPHABET:
            changed = symbols[:place] + other + symbols[place + 1 :]
            assert (read_serial(changed) is None) == (changed != symbols)
    for first in range(8):
        for second in range(first + 1, 8):
            exchanged = list(symbols)
            exchanged[first], exchanged[second] = exchanged[second], exchanged[first]
            if exchanged != list(symbols):
                assert read_serial("".join(exchanged)) is None


def test_tokens_are_long_and_all_different():
    tokens = {new_token() for _ in range(500)}

    assert len(tokens) == 500
    assert all(read_token(token.upper()) == token for token in tokens)
    assert 31 ** len(tokens.pop()) > 2**128
    assert read_token("../etc/passwd") is None


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200bb", "a\x00b", "a\ue000b", "a\u2066b"])
def test_text_that_could_mislead_is_refused(text):
    with pytest.raises(UnprintableText, match="U\\+"):
        clean_text(text, what="The name")


def test_text_is_composed_and_its_spaces_collapsed():
    assert clean_text("  Zoe\u0308   Smith ", what="The name") == "Zoë Smith"


def test_direction_follows_the_first_strong_character():
    assert direction_of("(123) محمد Smith") == "rtl"
    assert direction_of("Smith محمد") == "ltr"
    assert direction_of("123") == "ltr"


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("Zoë Đặng", "Đặng", True),
        ("Zoë Đặng", "dang", True),
        ("Zoë Đặng", "Dan", False),
        ("Maria de la Cruz", "De La Cruz", True),
        ("Sean O’Brien", "o'brien", True),
        ("佐藤 さくら", "佐藤", True),
        ("Zoë Đặng", "", False),
        ("Zoë Đặng", "  -- ", False),
    ],
)
def test_a_surname_is_found_as_people_write_it(name, typed, found):
    assert has_surname(search_words(name), typed) is found
