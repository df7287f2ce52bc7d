"""What an independent validator says of a PDF, without the alarms of its that are known to be false."""

import re

import page

STREAM_LENGTH = "PDFA3A-STREAM-LENGTH-001"


def failures(pdf: bytes) -> set[str]:
    """The rules of PDF/A-3a and PDF/UA-1 that `pdf` breaks.

    When the last byte of a stream's data happens to be a carriage return (one stream in 256), the validator takes it and
    the line feed behind it for one line end and finds the stream a byte too long. Lengths are therefore measured here.
    """
    found = {failure.rule_id for profile in ("pdfa-3a", "ua-1") for failure in page.validate_pdf_bytes(pdf, profile=profile).failures}
    return found - {STREAM_LENGTH} if lengths_are_right(pdf) else found | {STREAM_LENGTH}


def lengths_are_right(pdf: bytes) -> bool:
    """Whether `endstream` follows every stream's data just where its Length says, behind one line end."""
    starts = list(re.finditer(rb"/Length (\d+)\b(?! \d+ R)[^\0]{0,2000}?>>\s*stream\r?\n", pdf))
    return bool(starts) and all(re.match(rb"\r?\nendstream", pdf[start.end() + int(start[1]) :][:16]) for start in starts)
