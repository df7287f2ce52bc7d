"""Fills an empty site with a believable school. Safe to repeat; a kill in the middle is repaired by the next run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo import content
from demo.school import build_school, finish_jobs

THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
SIGN_INS = [
    ("staff", "staff@example.org", "publishes courses, uploads video, runs workshops"),
    ("CE officer", "officer@example.org", "issues, corrects and revokes awards"),
    ("second CE officer", "second.officer@example.org", "signs off what the first one writes"),
    ("instructor", "instructor@example.org", "writes courses, marks attendance"),
    ("learner", "learner@example.org", "takes courses, has a Florida licence"),
    ("newcomer", "new@example.org", "has done nothing yet"),
]


class Command(BaseCommand):
    help = "Fill the site with a demonstration school: people, boards, courses with films, workshops."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL or urlsplit(settings.SITE_URL).hostname not in THIS_MACHINE:
            sentence = "The demonstration school has public passwords. It is for a local site only (SMRT_LOCAL=1) that others do not reach (SITE_URL)."
            raise CommandError(sentence)
        build_school(self.say)
        finish_jobs("credits.")
        settings.VAR_DIR.mkdir(exist_ok=True)
        lines = [f"{role:<11} {email:<24} {content.PASSWORD}   {what}" for role, email, what in SIGN_INS]
        (settings.VAR_DIR / "sign-ins.txt").write_text("\n".join(lines) + "\n")

    def say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
