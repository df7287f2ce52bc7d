from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from credits.services.boards import BoardDataError, load_boards


class Command(BaseCommand):
    help = "Bring the boards in line with credits/data/boards*.yaml (or the files given). Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="*", type=Path)

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        try:
            report = load_boards(paths=files or None)
        except BoardDataError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from error
        self.stdout.write(
            f"Boards: {len(report.created)} new, {len(report.changed)} changed, {report.unchanged} as they were; "
            f"{report.unverified} not yet verified by the school."
        )
