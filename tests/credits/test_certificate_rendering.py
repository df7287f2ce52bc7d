"""The page itself: scripts, conformance, text, QR, determinism."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import page
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from core.fonts import FONT_FILES, checked_font_folders, families_for, han_language
from core.typesetting import qr_svg
from credits.certificates.render import CannotRender, render_pdf
from tests.credits.conformance import failures
from tests.credits.sheets import VERIFY_URL, a_sheet, a_snapshot

MADE_AT = datetime(2026, 11, 22, 17, tzinfo=UTC)
NAMES = {
    "diacritics": "Zoë Đặng-Žižkový",
    "nfd": unicodedata.normalize("NFD", "Zoë Ångström"),
    "vietnamese": "Nguyễn Thị Phương Thảo",
    "greek": "Ελένη Παπαδοπούλου",
    "cyrillic": "Наталія Шевченко",
    "arabic": "محمد بن سلمان",
    "vocalised arabic": "مُحَمَّد",
    "hebrew": "דָּוִד בֶּן־גּוּרְיוֹן",
    "devanagari": "प्रियंका शर्मा",
    "thai": "สมชาย ใจดี",
    "japanese": "佐藤 さくら",
    "chinese": "刘 晓明",
    "korean": "김민준",
    "mixed": "محمد Smith (José)",
    "long": " ".join(
        f"{first} {last}"
        for first in ("Maximiliana", "Konstantina", "Bartholomea")
        for last in ("Wolfeschlegelstein", "Hausenbergerdorff", "Featherstonehaugh", "Llanfairpwll")
    )[:248],
}


# The checker does not apply the default width of a CID-keyed CFF font's private dictionary (all our Han fonts are such):
# it reads width 0 where the font program says 1000, as /W does.
KNOWN_FALSE_ALARMS = {"PDFA3A-TRUETYPE-GLYPH-WIDTH-001", "PDFUA1-FONT-GLYPH-WIDTH-001"}


def rendered(**changes) -> bytes:
    return render_pdf(sheet=a_sheet(**changes), credential="header.payload.signature", made_at=MADE_AT)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].get_textpage().get_text_bounded()
    finally:
        document.close()


def picture_of(pdf: bytes, dpi: int = 150):
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        document.close()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_every_script_gives_one_conforming_page_whose_text_and_qr_can_be_read(name):
    pdf = rendered(name=unicodedata.normalize("NFC", name))

    assert failures(pdf) - KNOWN_FALSE_ALARMS == set()
    seen = Counter(ch for ch in unicodedata.normalize("NFC", text_of(pdf)) if not ch.isspace())
    wanted = Counter(ch for ch in unicodedata.normalize("NFC", name) if not ch.isspace())
    assert not wanted - seen
    assert zxingcpp.read_barcode(picture_of(pdf), formats=zxingcpp.BarcodeFormat.QRCode).text == VERIFY_URL


def test_a_latin_page_raises_no_alarm_at_all():
    assert failures(rendered()) == set()


def test_the_page_checker_refuses_an_untagged_page(tmp_path):
    import typst

    source = tmp_path / "plain.typ"
    source.write_text("Hello")
    pdf = typst.compile(str(source), format="pdf", pdf_tags=False)

    assert not page.validate_pdf_bytes(pdf, profile="pdfa-3a").is_compliant
    assert not page.validate_pdf_bytes(pdf, profile="ua-1").is_compliant


def test_the_page_says_every_fact_and_links_the_address():
    pdf = rendered(licence={"number": "MA 104233", "jurisdiction": "US-FL", "board": "Florida"}, version=2, replaces="SMRT-8AB2-77QX")
    text = " ".join(text_of(pdf).split())

    for fact in (
        "Certificate of Achievement", "SMRT for the Knee: Hamstrings, Gastrocnemius and Calcaneal Tendon", "6 CE hours", "Technique 5 · Ethics 1",
        "Approved by NCBTMB Approved Provider program, approval number 452911-20", "November 22, 2026", "(New York time)", "Home Study", "On-line",
        "1123-4", "14 Elm Street", "Jonas Oduya, LMT, BCTMB", "Maria Lindqvist", "SMRT-7K3F-92QD", "version 2, replaces SMRT-8AB2-77QX",
        "Licence number MA 104233, FL", VERIFY_URL,
    ):  # fmt: skip
        assert fact in text
    assert "CEU" not in text
    with pikepdf.open(io.BytesIO(pdf)) as document:
        links = [str(note.A.URI) for note in document.pages[0].Annots if note.Subtype == "/Link"]
        assert links == [VERIFY_URL]
        assert list(document.attachments) == ["credential.jwt"]
        assert document.attachments["credential.jwt"].get_file().read_bytes() == b"header.payload.signature"


def test_a_plain_certificate_has_no_units_and_no_approval():
    text = text_of(rendered(is_plain=True, units="", split=[], unit_printed="", approval_number="", board="", approval_board=""))

    assert "CE hours" not in text
    assert "Approved by" not in text
    assert "6 h" in text


def test_the_longest_name_and_title_stay_on_one_page_above_the_qr_code():
    picture = picture_of(rendered(name=NAMES["long"], title="Spontaneous Muscle Release Technique " * 6))

    assert zxingcpp.read_barcode(picture, formats=zxingcpp.BarcodeFormat.QRCode).text == VERIFY_URL


def test_a_certificate_that_needs_a_second_page_is_refused():
    with pytest.raises(CannotRender, match="2 pages"):
        rendered(split=[{"category": f"Category number {number} of very many", "units": "1"} for number in range(150)])


def test_a_title_that_looks_like_code_is_printed_literally():
    title = '#import "x" $1$ *bold* ] <b>&amp; \\u{41}'

    assert title in " ".join(text_of(rendered(title=title)).split())


def test_a_character_without_a_glyph_is_refused_by_name():
    with pytest.raises(CannotRender, match="👋"):
        rendered(name="Zoë 👋")


def test_a_name_beginning_right_to_left_runs_right_to_left():
    # The first word of a right-to-left line stands at the right: the Latin part must end up left of it.
    pdf = rendered(name="محمد Smith")
    document = pypdfium2.PdfDocument(pdf)
    textpage = document[0].get_textpage()
    whole = textpage.get_text_range()
    latin, arabic = whole.index("Smith"), next(i for i, ch in enumerate(whole) if "\u0600" <= ch <= "\u06ff")
    assert textpage.get_charbox(latin)[0] < textpage.get_charbox(arabic)[0]
    document.close()


def test_han_forms_follow_the_name():
    assert han_language("佐藤 さくら") == "ja"
    assert han_language("渋沢") == "ja"
    assert han_language("刘晓明") == "zh"
    assert han_language("김민준 金") == "ko"
    assert families_for("刘", latin="EB Garamond").index("Noto Serif SC") < families_for("刘", latin="EB Garamond").index("Noto Serif JP")


def test_the_fonts_are_the_pinned_ones_and_no_other():
    for (package, name), digest in FONT_FILES.items():
        assert hashlib.sha256((Path(str(files(package))) / name).read_bytes()).hexdigest() == digest
    assert checked_font_folders()
    with pikepdf.open(io.BytesIO(rendered())) as document:
        names = set(
            re.findall(
                rb"/FontName\s*/[A-Z]{6}\+([A-Za-z0-9_\-]+)",
                b"".join(obj.unparse(resolved=True) for obj in document.objects if isinstance(obj, pikepdf.Dictionary)),
            )
        )
    assert names
    assert all(name.startswith((b"EBGaramond", b"NotoSans")) for name in names)


def test_the_qr_code_has_its_quiet_zone_and_fills_the_ground():
    assert qr_svg(VERIFY_URL).startswith("<svg")
    assert qr_svg(VERIFY_URL) == qr_svg(VERIFY_URL)


PROGRAM = """
import json, sys, hashlib
from datetime import datetime, timezone
from credits.certificates.render import render_pdf
from credits.certificates.sheet import sheet_of
snapshot = json.load(sys.stdin)
pdf = render_pdf(sheet=sheet_of(snapshot), credential="a.b.c", made_at=datetime(2026, 11, 22, 17, tzinfo=timezone.utc))
print(hashlib.sha256(pdf).hexdigest())
"""


def test_two_fresh_processes_make_the_same_bytes(tmp_path):
    root = Path(__file__).resolve().parents[2]
    digests = set()
    for zone, language, seed, folder in (("UTC", "C", "1", root), ("Asia/Kathmandu", "de_DE.UTF-8", "77", tmp_path)):
        environment = {**os.environ, "TZ": zone, "LANG": language, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], input=json.dumps(a_snapshot()), text=True, capture_output=True, check=True, env=environment, cwd=folder
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1


FORK_PROGRAM = """
import json, os, sys
from datetime import datetime, timezone
from credits.certificates.render import render_pdf
from credits.certificates.sheet import sheet_of
snapshot = json.load(sys.stdin)
def make():
    return render_pdf(sheet=sheet_of(snapshot), credential="a.b.c", made_at=datetime(2026, 11, 22, 17, tzinfo=timezone.utc))
if sys.argv[1] == "parent-first":
    make()
if os.fork() == 0:
    try:
        make()
        print("made", flush=True)
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.parametrize(("order", "answer"), [("child-first", "made"), ("parent-first", "start it afresh")])
def test_a_forked_worker_sets_certificates_and_never_hangs(order, answer):
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FORK_PROGRAM, order], input=json.dumps(a_snapshot()), text=True, capture_output=True, timeout=200, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip

    assert answer in done.stdout


def test_a_stream_of_the_wrong_length_is_not_set_aside():
    pdf = rendered()
    wrong = re.sub(rb"/Length (\d+)", lambda found: b"/Length %d" % (int(found[1]) + 1), pdf, count=1)

    assert "PDFA3A-STREAM-LENGTH-001" in failures(wrong)
