"""`manage.py upload_cors`: may browsers send videos straight to the bucket, and read segments from it? `--apply` lets them."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from streaming.gathering import BucketGathering, gathering


class Need(NamedTuple):
    method: str
    headers: list[str]
    sentence: str


SEND = Need("PUT", ["content-type", "content-md5"], "send to")
READ = Need("GET", ["range"], "read segments from")


class Command(BaseCommand):
    help = "Ask the bucket, as a browser would, whether pages of this site may send videos to it and, with VIDEO_DELIVERY=s3, read segments from it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="write the rule first; it replaces the bucket's other CORS rules")

    def handle(self, *args: Any, apply: bool, **options: Any) -> None:
        place = gathering()
        if not isinstance(place, BucketGathering):
            self.stdout.write("Files are kept in a folder: browsers ask the site alone, and no rule is needed.")
            return
        needs = [SEND] * place.is_direct + [READ] * (settings.VIDEO_DELIVERY == "s3")
        if not needs:
            self.stdout.write("S3_BROWSER_URL is empty: uploads go through the site, and no rule is needed.")
            return
        if apply:
            place.allow_browsers(settings.SITE_URL, [need.method for need in needs], [header for need in needs for header in need.headers])
        bucket = place.browser_origin()
        for need in needs:
            if not lets_in(bucket + place.path_for_browsers(), settings.SITE_URL, need):
                raise CommandError(f"Pages of {settings.SITE_URL} may not {need.sentence} {bucket}. Run this with --apply, or set the rule by hand.")
            self.stdout.write(self.style.SUCCESS(f"Pages of {settings.SITE_URL} may {need.sentence} {bucket}."))


def lets_in(url: str, origin: str, need: Need) -> bool:
    """Whether a browser would go on after the question it asks before it sends: some servers name the origin and not the method."""
    asked = {"Origin": origin, "Access-Control-Request-Method": need.method, "Access-Control-Request-Headers": ",".join(need.headers)}
    try:
        with urlopen(Request(url, method="OPTIONS", headers=asked), timeout=10) as answer:  # noqa: S310  an address of our own settings
            named, methods = answer.headers.get("Access-Control-Allow-Origin", ""), answer.headers.get("Access-Control-Allow-Methods", "")
    except HTTPError:
        return False
    except (URLError, OSError) as error:
        raise CommandError(f"{url} does not answer: {error}. Is S3_BROWSER_URL what browsers reach?") from error
    return named in {origin, "*"} and not {need.method, "*"}.isdisjoint(method.strip() for method in methods.split(","))
