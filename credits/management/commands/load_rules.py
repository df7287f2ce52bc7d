from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from credits.revisions.loading import load_rules
from credits.rulebook import RulebookError


class Command(BaseCommand):
    help = "Take credits/data/rules/*.yaml (or the files given) into the record. Rules made at the desk stay; running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            report = load_rules(paths=files or None)
        except RulebookError as error:
            raise CommandError(f"Nothing was loaded; `manage.py check_rules` says more.\n{error}") from error
        except DomainError as refusal:
            raise CommandError(f"Nothing was loaded. {refusal.message}") from refusal
        self.stdout.write(f"Rules: {len(report.taken)} taken from files, {report.unchanged} as they were, {len(report.waiting)} waiting for an officer.")
        for revision in report.waiting:
            self.stdout.write(
                f"{revision.board.code}: an officer's revision is in force and was left alone. The file's is revision {revision.number}: "
                "a CE officer compares the two at the desk, under Rules, and signs one off or withdraws it."
            )
        for sentence in report.unfit:
            self.stdout.write(f"In force, but not right by this version's checks: {sentence} Correct it at the desk.")
