"""`manage.py verify_audit_pack`: is an audit pack whole, and is it the school's? Needs no server, no settings and no network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from credits.audits.verifier import BadKeyFile, Verdict, read_keys, verify_pack


class Command(BaseCommand):
    help = (
        "Check an audit pack offline: every file against the list, the list against the signed manifest, every dossier against its digest. "
        "Exit status 0: whole and signed; 1: something is wrong, each thing in one line; 2: a file cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="FILE.zip", type=Path)
        parser.add_argument("--key", metavar="FILE", type=Path, help="the school's key: its /c/keys.json, one key of it, or a PEM key or certificate")

    def handle(self, *args: Any, pack: Path, key: Path | None, **options: Any) -> None:
        keys = None
        try:
            if key:
                keys = read_keys(key.read_bytes())
            verdict = verify_pack(pack, keys)
        except OSError as error:
            self._stop(f"{error.filename} cannot be read: {error.strerror}.")
        except BadKeyFile as error:
            self._stop(f"{key} is no key. {error}")
        else:
            self._say(pack, verdict)
            if not verdict.is_good:
                sys.exit(1)

    def _stop(self, sentence: str) -> None:
        self.stderr.write(sentence)
        sys.exit(2)

    def _say(self, pack: Path, verdict: Verdict) -> None:
        facts = verdict.manifest
        if facts:
            self.stdout.write(_in_one_line(f"{pack.name}: audit pack {facts.get('pack')} of {facts.get('school')}, made {facts.get('made_at')}"))
            self.stdout.write(_in_one_line(f"About: {facts.get('about')}"))
            self.stdout.write(f"Files checked: {verdict.files_checked} of {facts['files']['count']}; dossiers: {verdict.dossiers_checked}")
        if verdict.is_signed:
            self.stdout.write(_in_one_line(f"Signed with key {verdict.kid}") + (", which is among those given." if verdict.is_key_trusted else "."))
        for note in verdict.notes:
            self.stdout.write(f"Note: {_in_one_line(note)}")
        for problem in (*verdict.problems, *verdict.changed_dossiers):
            self.stdout.write(f"Wrong: {_in_one_line(problem)}")
        if verdict.is_good:
            self.stdout.write("Nothing is wrong with this pack." if verdict.is_key_trusted else "The pack is whole. Whose key signed it is for you to compare.")
        else:
            self.stdout.write("Do not rely on this pack.")


def _in_one_line(text: str) -> str:
    """What a forged pack says must not look like a line of ours, nor move the cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
