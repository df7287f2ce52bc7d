"""`manage.py check_rules`: are the rule files right, and how far can they be trusted?"""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from credits.petitions.book import PetitionBookError, petition_book
from credits.rulebook import BoardRules, RulebookError, load

LINE = "{:<20}{:>5}{:>6}  {:<11}{:<13}{:<11}{}"


class Command(BaseCommand):
    help = "Check credits/data/rules/*.yaml and petitions.yaml (or the rule files given) and count what is verified, weak and unknown. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            rules = load(files or None)
            petitions = None if files else petition_book()
        except (RulebookError, PetitionBookError) as error:
            count = len(error.mistakes)
            raise CommandError(f"{count} mistake{'s' if count != 1 else ''}; no rule is used until all are right.\n{error}") from error
        boards = list(rules.values())
        self.stdout.write(LINE.format("Board", "rows", "facts", "verified", "confidence", "calendar", "oldest text"))
        for board in boards:
            self.stdout.write(line_of(board))
        self.stdout.write("")
        for name, value in counted(boards):
            self.stdout.write(f"{name:<46}{value}")
        if petitions:
            known = Counter(body.confidence for body in petitions.bodies.values())
            self.stdout.write(f"{'Bodies whose petitions are known':<46}{len(petitions.bodies)}, {known['read']} of them read, none verified")
        warnings = [f"{board.board}.yaml, {text}" for board in boards for text in board.warnings]
        for text in warnings:
            self.stdout.write(f"Look at: {text}")
        self.stdout.write("Mistakes: none.")


def line_of(board: BoardRules) -> str:
    verified = board.verified_on.isoformat() if board.verified_on else "no"
    oldest = board.oldest_as_of.isoformat() if board.oldest_as_of else "no date"
    return LINE.format(board.board, len(board.rules), len(board.facts), verified, board.confidence, "known" if board.calendar else "not known", oldest)


def counted(boards: list[BoardRules]) -> list[tuple[str, str]]:
    """The table, row by row."""
    facts = [(fact, board) for board in boards for fact in board.facts]
    rows = [row for board in boards for row in board.rules]
    verified = sum(board.fact_is_verified(fact.kind, fact.name) for fact, board in facts)
    confidence = Counter(fact.confidence for fact, _ in facts)
    dates = sorted((board.oldest_as_of, board.board) for board in boards if board.oldest_as_of)
    usable = sum(row.is_whole for row in rows)
    table = [
        ("Boards", str(len(boards))),
        ("Rule rows", f"{len(rows)}, of which {len(rows) - usable} with an unknown amount"),
        ("Facts", f"{len(facts)}, of which {verified} verified and {len(facts) - verified} not yet"),
        *((f"Facts of confidence {name}", str(count)) for name, count in sorted(confidence.items())),
        ("Rows whose sources disagree", str(sum(row.conflict is not None for row in rows))),
        ("Fields less sure than their row", str(sum(len(board.weak) for board in boards) + sum(len(fact.weak) for fact, _ in facts))),
        ("Calendars not established", str(sum(board.calendar is None for board in boards))),
        ("Things not established", str(sum(len(board.unknown) for board in boards) + sum(len(fact.unknown) for fact, _ in facts))),
        ("Things no field can hold", str(sum(len(board.not_expressed) for board in boards))),
        ("Boards whose sources give no date", str(sum(board.oldest_as_of is None for board in boards))),
    ]
    if dates:
        table.append(("Oldest text", f"{dates[0][0]} ({dates[0][1]})"))
    return table
