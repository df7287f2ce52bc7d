"""What is sent in as a proof: judged by its content, and made harmless."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from credits.external import files
from credits.external.files import ProofRefused, prepared
from tests.credits.external.pictures import huge_png, object_stream, pdf, picture


def test_a_picture_is_drawn_anew_without_what_was_hidden_in_it():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x0112] = 6  # lies on its side
    sent = picture(size=(600, 200), exif=exif)
    sent = SimpleUploadedFile("../../photo\u202egpj.jpg", sent.read() + b"<script>alert(1)</script>PK\x03\x04")

    proof = prepared(sent)

    with Image.open(io.BytesIO(proof.content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (200, 600), {})
    assert b"script" not in proof.content
    assert b"PK\x03\x04" not in proof.content
    assert (proof.name, proof.media_type) == ("photogpj.jpg", "image/jpeg")


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [("PNG", "RGBA", (40, 30)), ("PNG", "L", (40, 30)), ("PNG", "1", (40, 30)), ("JPEG", "CMYK", (40, 30)), ("JPEG", "RGB", (4100, 50))],
)
def test_every_sort_of_picture_becomes_a_plain_jpeg_of_a_readable_size(kind, mode, size):
    with Image.open(io.BytesIO(prepared(_drawn(kind, mode, size)).content)) as kept:
        assert (kept.format, kept.mode, max(kept.size) <= files.MAX_SIDE) == ("JPEG", "RGB", True)


def _drawn(kind, mode, size):
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return SimpleUploadedFile("photo", out.getvalue())


def test_a_pdf_is_kept_as_it_is():
    sent = pdf(body=b"2 0 obj <</Type /Annot /A <</S /URI /URI (https://example.org)>>>> endobj")
    content = sent.read()
    sent.seek(0)

    proof = prepared(sent)

    assert (proof.content, proof.media_type, proof.name) == (content, "application/pdf", "certificate.pdf")


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (SimpleUploadedFile("a.pdf", b""), "is empty"),
        (SimpleUploadedFile("a.pdf", b"<html><script>"), "neither a PDF nor a picture"),
        (SimpleUploadedFile("a.jpg", b"GIF89a" + b"\0" * 50), "neither a PDF nor a picture"),
        (SimpleUploadedFile("a.svg", b"<svg onload='x'/>"), "neither a PDF nor a picture"),
        (SimpleUploadedFile("a.pdf", b"MZ" + b"\0" * 100 + b"%PDF-1.7 %%EOF"), "neither a PDF nor a picture"),
        (SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"\0" * 100), "can not be read as a picture"),
        (SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 100), "can not be read as a picture"),
        (SimpleUploadedFile("a.pdf", b"%PDF-1.7 half of it"), "is cut off"),
        (SimpleUploadedFile("a.pdf", b"%PDF-" + b"0" * files.MAX_BYTES), "larger than 10 MB"),
        (huge_png(30_000, 30_000), "more dots than we can take"),
        (huge_png(5_000, 5_000), "more dots than we can take"),
        (picture(size=(5_000, 5_000), progressive=True), "more dots than we can take"),
        (huge_png(3_000, 3_000), "can not be read as a picture"),
        (pdf(body=b"2 0 obj <</S /JavaScript /JS (app.alert(1))>> endobj"), "contains a program"),
        (pdf(body=b"2 0 obj <</S /J#61vaScript>> endobj"), "contains a program"),
        (pdf(body=b"2 0 obj <</S /Launch /F (cmd.exe)>> endobj"), "contains a program"),
        (pdf(body=b"% stream\n2 0 obj <</S /JavaScript /JS (x)>> endobj\n% endstream"), "contains a program"),
        (pdf(body=object_stream(b"6 0 <</S /J#61vaScript>>")), "contains a program"),
        (pdf(body=object_stream(b"6 0 <</S /JavaScript /JS (x)>>")), "contains a program"),
        (pdf(body=object_stream(b"\0" * (files.MAX_UNPACKED + 1))), "packed too tightly"),
        (pdf(body=b"\n".join([object_stream(b"\0" * files.MAX_UNPACKED)] * 17)), "packed too tightly"),
        (pdf(body=b"2 0 obj <</Filter /Standard>> endobj 9 0 obj <</Encrypt 2 0 R>> endobj"), "locked with a password"),
    ],
)
def test_what_can_not_be_kept_is_answered_with_what_to_send_instead(upload, sentence):
    with pytest.raises(ProofRefused, match=sentence):
        prepared(upload)


def test_the_dots_of_a_picture_do_not_read_as_names_of_a_pdf():
    """Three letters stand in any ten megabytes by chance; only what is no stream counts."""
    body = b"5 0 obj <</Type /XObject /Subtype /Image /Length 9>> stream\n\x00/JS \x01\x02\nendstream endobj"

    assert prepared(pdf(body=body)).media_type == "application/pdf"


@pytest.mark.parametrize(
    ("piece", "is_kept"),
    [
        (b"stream\n", True),
        (b"/" * 7, True),
        (b"obj <</ObjStm>> stream\n", True),
        (b"obj <</Type /ObjStm>>", True),
        (b"endstream", False),
        (b"/#61#61", False),
        (b"stream\nendstream", False),
        (b"stream\n#61#61endstream", False),
    ],
)
@pytest.mark.timeout(20)
def test_ten_megabytes_of_anything_are_judged_in_a_moment(piece, is_kept):
    """Each of these could make a careless reader look through the rest of the file again and again."""
    sent = pdf(body=piece * ((files.MAX_BYTES - 1000) // len(piece)))

    if is_kept:
        assert prepared(sent).media_type == "application/pdf"
    else:
        with pytest.raises(ProofRefused, match="packed too tightly"):
            prepared(sent)
