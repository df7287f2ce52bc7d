from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from streaming.delivery import bucket_policy
from streaming.delivery.nginx import write_conf


class Command(BaseCommand):
    help = (
        "Write what nginx includes to check and serve videos (http.conf, server.conf), and let it read video in the bucket "
        "(VIDEO_BUCKET_READERS). Running it again changes nothing. Reload nginx afterwards."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="Where to write; nothing but nginx should read it.")
        parser.add_argument("--media", default=getattr(default_storage, "location", ""), help="MEDIA_ROOT as nginx sees it.")
        parser.add_argument("--cache", default="/var/cache/nginx/video", help="Where nginx keeps what it fetched from the bucket.")
        parser.add_argument("--cache-size", default="8g")

    def handle(self, *args: Any, folder: Path, media: str, cache: str, cache_size: str, **options: Any) -> None:
        if settings.VIDEO_DELIVERY == "nginx" and settings.S3_BUCKET:
            self._admit()
        for path in write_conf(folder=folder, media=media, cache=cache, cache_size=cache_size):
            self.stdout.write(str(path))

    def _admit(self) -> None:
        client = default_storage.connection.meta.client  # type: ignore[attr-defined]  # S3Storage's
        try:
            bucket_policy.admit(client=client, bucket=settings.S3_BUCKET, readers=settings.VIDEO_BUCKET_READERS)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"The policy of bucket {settings.S3_BUCKET} could not be written: {error}") from error
        finally:
            client.close()
        self.stdout.write(f"Bucket {settings.S3_BUCKET} lets {', '.join(settings.VIDEO_BUCKET_READERS) or 'nobody'} read video without a key.")
