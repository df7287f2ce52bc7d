"""Captions from any file: read, cleaned, or refused with every fault and its line."""

import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming.services.captions import CaptionsUnusable, read_captions
from streaming.services.captions.formats import read_timed
from streaming.services.captions.markup import for_editing, plain, safe
from streaming.services.captions.reading import read_rows
from streaming.services.captions.spoken import Spoken, milliseconds, timestamp, to_srt, to_vtt

TTML = """<?xml version="1.0" encoding="{encoding}"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="en">
<head><styling><style xml:id="s" tts:fontStyle="italic"/></styling></head>
<body><div begin="10s">
<p begin="00:00:01.000" end="00:00:03.000">Café <span tts:fontWeight="bold">now</span><br/>a &lt; b</p>
<p begin="3s" dur="2s" style="s">Slowly</p>
</div></body></tt>"""
SRT = "1\n00:00:01,000 --> 00:00:02,500\n{}\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>{}</i>\n"


def read(data, language="en", **options):
    return read_captions(data if isinstance(data, bytes) else data.encode(), language=language, **options)


def said(data, language="en"):
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in read(data, language).cues]


@pytest.mark.parametrize(
    ("text", "language", "encoding"),
    [
        ("Café, naïve – “so”", "en", "utf-8"),
        ("Café, naïve – “so”", "en", "utf-8-sig"),
        ("Café, naïve – “so”", "en", "utf-16"),
        ("Café, naïve", "en", "utf-16-le"),
        ("Café, naïve – “so”", "fr", "cp1252"),
        ("Müde Füße", "de", "latin-1"),
        ("こんにちは、世界。今日は", "ja", "cp932"),
        ("こんにちは、世界。今日は", "ja", "euc_jp"),
        ("Привет, это субтитры", "ru", "cp1251"),
        ("Привет, это субтитры", "ru", "koi8-r"),
        ("Zażółć gęślą jaźń", "pl", "cp1250"),
        ("简体中文的字幕", "zh-Hans", "gb18030"),
    ],
)
def test_any_encoding_is_read(text, language, encoding):
    assert said(SRT.format(text, text).encode(encoding), language) == [(1000, 2500, text), (3000, 4000, f"<i>{text}</i>")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE no\n\na\n00:01.000 --> 00:02.000 region:x align:start\nHi\n", [(1000, 2000, "Hi")]),
        ("0:00:01.000,0:00:02.000\nHi[br]there\n", [(1000, 2000, "Hi\nthere")]),
        (TTML.format(encoding="utf-8"), [(11000, 13000, "Café <b>now</b>\na &lt; b"), (13000, 15000, "<i>Slowly</i>")]),
        (TTML.format(encoding="windows-1252").encode("cp1252"), [(11000, 13000, "Café <b>now</b>\na &lt; b"), (13000, 15000, "<i>Slowly</i>")]),
        ("1\r\n0:0:1,0 --> 0:0:2,5\r\n<font color=red>x</font>\r\n2\r\n0:0:3,0 --> 0:0:4,0\r\ny", [(1000, 2500, "x"), (3000, 4000, "y")]),
        ("1\n00:00:05,000 --> 00:00:06,000\nb\n\n2\n00:00:01,000 --> 00:00:05,200\na\n", [(1000, 5000, "a"), (5000, 6000, "b")]),
    ],
)
def test_the_kind_is_told_by_what_is_inside(data, expected):
    assert said(data) == expected


def test_all_faults_are_told_with_their_lines():
    with pytest.raises(CaptionsUnusable) as refused:
        read("WEBVTT\n\n00:02.000 --> 00:01.000\nx\n\nstray\n\n00:99.000 --> 00:05.000\ny\n")

    assert [problem[:7] for problem in refused.value.problems] == ["Line 3:", "Line 6:", "Line 8:"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (TTML.replace("10s", "soon"), "Line 4: “soon” is not a time"),
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + TTML.partition("?>")[2], "Line 1: the file declares"),
        (TTML[:-9], "Line 7: the XML is broken"),
        ("<tt xmlns='http://www.w3.org/ns/ttml'>" + "<div>" * 40, "nested too deeply"),
        ("hello", "no captions we can read"),
        ("WEBVTT\n\n", "holds no captions"),
        (b"\x00\xff" * 500, "no captions we can read"),
        (b"WEBVTT\n\n" + b"x" * 2_000_001, "larger than 2 MB"),
        ("WEBVTT\n\n200:00:00.000 --> 200:00:01.000\nx\n", "Line 3: this is not a time"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data, says):
    with pytest.raises(CaptionsUnusable, match=says):
        read(data)


def test_what_is_odd_is_told_and_kept():
    reading = read("WEBVTT\n\n00:01.000 --> 00:02.000\nFar too many words for a single second\n\n01:30.000 --> 01:33.000\nlate\n", duration_ms=60_000)

    assert [remark.partition(".")[0] for remark in reading.remarks] == [
        "Line 3: 38 characters a second are more than most people can read; 20 is a good limit",
        "Line 6: nothing is written for 88 seconds before it",
        "Line 6: the caption lasts beyond the end of the film (00:01:00",
    ]
    assert len(reading.cues) == 2


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("a <script>alert(1)</script>b", "a b"),
        ("<v.loud Ana & Bo>Hi <00:00:01.000>there", "<v Ana &amp; Bo>Hi there</v>"),
        ("<b><i>x</b>", "<b><i>x</i></b>"),
        ("1 < 2 > 0 & &lt;b&gt; <laughs>", "1 &lt; 2 &gt; 0 &amp; &lt;b&gt; &lt;laughs&gt;"),
        ('<img src=x onerror="x">ok<br>two\n\n', "ok\ntwo"),
        ("&#0;&#xe000;\x00\u2028z", "\ufffd\nz"),
        ("<c.red>x</c>", "x"),
    ],
)
def test_only_harmless_markup_is_left(given_text, kept):
    assert safe(given_text) == kept
    assert safe(for_editing(kept)) == kept


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
ROWS = st.lists(st.tuples(st.integers(0, 9_000_000), st.integers(1, 20_000), TEXTS), max_size=12)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(ROWS)
def test_what_is_written_is_read_back_the_same(rows):
    cues = read_rows([(start, start + length, text, "") for start, length, text in rows])

    again = [(cue.start_ms, cue.end_ms, cue.text) for cue in read_timed(to_vtt(cues), is_vtt=True).cues]
    assert again == [(cue.start_ms, cue.end_ms, cue.text) for cue in cues]
    assert [(cue.start_ms, cue.end_ms) for cue in read_timed(to_srt(cues), is_vtt=False).cues] == [(cue.start_ms, cue.end_ms) for cue in cues]


@QUICK
@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text):
    once = safe(text)

    assert safe(once) == once
    assert safe(for_editing(once)) == once


@QUICK
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    "WEBVTT",
                    "\n",
                    "\n\n",
                    "1",
                    "00:00:01,000 --> 00:00:02,000",
                    "00:01.000 --> 99",
                    "-->",
                    "0:00:01.000,0:00:02.000",
                    "<tt xmlns='http://www.w3.org/ns/ttml'>",
                    "<body>",
                    "<p begin='1s' end='2s'>",
                    "</p>",
                    "</body>",
                    "</tt>",
                    "<!DOCTYPE a>",
                    "&#x0;",
                    "NOTE",
                    "é",
                    "{\\an8}",
                    "<v A>",
                    "<",
                ]
            ),
            max_size=25,
        ).map(lambda parts: "".join(parts).encode()),
    ),
    st.sampled_from(["en", "ja", "ru", "zh-Hant"]),
)
def test_no_file_does_harm(data, language):
    cues: list[Spoken] = []
    with suppress(CaptionsUnusable):
        cues = read_captions(data, language=language, duration_ms=60_000).cues

    assert all(cue.end_ms > cue.start_ms and plain(cue.text) for cue in cues)


@given(st.integers(0, 359_999_999))
def test_times_are_read_as_they_are_written(ms):
    assert milliseconds(timestamp(ms)) == ms


@pytest.mark.parametrize(
    "text",
    [
        "<b>" * 20_000 + "</i>" * 20_000 + "x",  # each closing tag looked through all that were open: ten seconds, and half an hour for 2 MB
        "a &#" + "9" * 5_000 + "; b",  # more digits than Python reads
        "a &amp;#" + "9" * 5_000 + "; b",
    ],
    ids=["tags", "number", "escaped number"],
)
def test_a_caption_made_to_stop_its_reader_is_read_at_once(text):
    began = time.thread_time()
    once = safe(text)

    assert safe(once) == once
    assert safe(for_editing(once)) == once
    assert time.thread_time() - began < 5


def test_a_file_of_nothing_but_faults_is_refused_at_once():
    """Each of 500,000 faults had its sentence, of which twenty are told: 20 seconds."""
    began = time.thread_time()
    with pytest.raises(CaptionsUnusable) as refused:
        read("WEBVTT\n\n" + "x\n\n" * 500_000)

    assert len(refused.value.problems) == 20
    assert time.thread_time() - began < 5
