"""`manage.py upload_cors`: may browsers send videos straight to the bucket? `--apply` lets them."""

from __future__ import annotations

from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from streaming.gathering import BucketGathering, gathering

HEADERS = ["content-type", "content-md5"]


class Command(BaseCommand):
    help = "Ask the bucket, as a browser would, whether pages of this site may send pieces of videos to it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="write the rule first; it replaces the bucket's other CORS rules")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        place = gathering()
        if not isinstance(place, BucketGathering):
            self.stdout.write("Files are kept in a folder: uploads go through the site, and no rule is needed.")
            return
        if not place.is_direct:
            self.stdout.write("S3_BROWSER_URL is empty: uploads go through the site, and no rule is needed.")
            return
        if apply:
            place.allow_browsers(settings.SITE_URL, HEADERS)
        answer = preflight(place.browser_origin() + place.path_for_browsers(), settings.SITE_URL)
        if answer not in {settings.SITE_URL, "*"}:
            raise CommandError(f"Browsers may not send to {place.browser_origin()} from {settings.SITE_URL}. Run this with --apply, or set the rule by hand.")
        self.stdout.write(self.style.SUCCESS(f"Pages of {settings.SITE_URL} may send to {place.browser_origin()}."))


def preflight(url: str, origin: str) -> str:
    """Whom the bucket lets in: the answer to the question a browser asks before it sends."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": ",".join(HEADERS)}
    try:
        with urlopen(Request(url, method="OPTIONS", headers=asked), timeout=10) as answer:  # noqa: S310  an address of our own settings
            return str(answer.headers.get("Access-Control-Allow-Origin", ""))
    except HTTPError:
        return ""
    except (URLError, OSError) as error:
        raise CommandError(f"{url} does not answer: {error}. Is S3_BROWSER_URL what browsers reach?") from error
