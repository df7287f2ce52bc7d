from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from credits.engine.faults import Fault
from credits.engine.run import dumps, error_result, evaluate_text, is_error


class Command(BaseCommand):
    help = "Evaluate a case of the rules engine and print its result. A bad case prints what is wrong with it, and the exit status is 2."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("case", metavar="CASE.json", help="a case as JSON; - reads it from standard input")

    def handle(self, *args: Any, case: str, **options: Any) -> None:
        try:
            source = sys.stdin.buffer.read() if case == "-" else Path(case).read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name no file can have
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            result = error_result([Fault("$", f"{case} cannot be read ({reason}); name a file with a case, or - for standard input.")])
        else:
            result = evaluate_text(source)
        self.stdout.write(dumps(result))
        if is_error(result):
            sys.exit(2)
