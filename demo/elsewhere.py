"""Credit that the demonstration's learner earned at other schools, in every state of its review, and a link to the transcript."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from credits.external.services import Facts, review_external, submit_external
from credits.models import Board, DeliveryMode, ExternalCredit, TranscriptLink
from credits.transcripts.links import make_link

LINK = "For the Florida board, renewal 2027"


@dataclass(frozen=True)
class Earned:
    title: str
    provider: str
    day: date
    units: str
    mode: str
    topic: str
    decision: str = ""  # none yet: it waits in the reviewers' queue
    note: str = ""


EARNED = (
    Earned("Ethics and boundaries in bodywork", "Gulf Coast College", date(2026, 2, 14), "2", DeliveryMode.LIVE_REMOTE, "ethics", "accepted"),
    Earned("Manual lymph drainage, part one", "Riverside Institute", date(2026, 4, 18), "8", DeliveryMode.IN_PERSON_HANDS_ON, "technique"),
    Earned(
        "Preventing medical errors", "Online CE Library", date(2026, 6, 2), "2", DeliveryMode.SELF_PACED, "medical_errors",
        "asked", "The picture cuts off the provider's number. Please send the whole certificate.",
    ),
)  # fmt: skip


def make_earned_elsewhere(*, learner: User, reviewer: User) -> None:
    """Safe to repeat: what is on record stays as it is."""
    board = Board.objects.get(code="us_fl_massage")
    for row in EARNED:
        facts = Facts(
            title=row.title,
            provider_name=row.provider,
            completed_on=row.day,
            units=Decimal(row.units),
            mode=row.mode,
            category_split=[{"category": row.topic, "units": row.units}],
        )
        credit = submit_external(user=learner, board=board, facts=facts, proofs=[_certificate(row, str(learner))])
        if row.decision and credit.status == ExternalCredit.Status.WAITING:
            review_external(credit=credit, reviewer=reviewer, decision=row.decision, note=row.note)
    if not TranscriptLink.objects.visible_to(learner).filter(name=LINK).exists():
        make_link(user=learner, name=LINK, board=board, days=90)


def _certificate(row: Earned, name: str) -> SimpleUploadedFile:
    """A certificate as it lies on a table, photographed."""
    page = Image.new("RGB", (1100, 850), "#f4efe2")
    draw = ImageDraw.Draw(page)
    draw.rectangle((30, 30, 1070, 820), outline="#5a534a", width=4)
    lines = ((row.provider, 40, 110), ("Certificate of completion", 64, 220), (name, 54, 360), (row.title, 44, 480))
    for text, size, top in (*lines, (f"{row.units} hours, completed on {row.day:%d %B %Y}", 36, 600)):
        draw.text((550, top), text, fill="#26221e", font=ImageFont.load_default(size), anchor="ma")
    out = io.BytesIO()
    page.save(out, "PNG")
    return SimpleUploadedFile("certificate.png", out.getvalue(), "image/png")
