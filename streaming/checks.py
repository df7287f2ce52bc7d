"""What `manage.py check` says about the delivery of video: what does not fit together, and what to do."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from streaming.delivery.cloudfront import private_key

WAYS = ("app", "nginx", "cloudfront", "s3")
WHERE = "See “Video” in docs/configuration.md."


@register()
def video_delivery_is_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The way of delivery is one there is, and has what it needs."""
    if settings.VIDEO_DELIVERY not in WAYS:
        hint = f"Set it to one of {', '.join(WAYS)}. {WHERE}"
        return [Error(f"VIDEO_DELIVERY is “{settings.VIDEO_DELIVERY}”, which is no way to deliver video.", hint=hint, id="streaming.E001")]
    if settings.VIDEO_DELIVERY in ("cloudfront", "s3") and not settings.S3_BUCKET:
        hint = f"Set S3_BUCKET, or VIDEO_DELIVERY=nginx for files on disk. {WHERE}"
        return [Error(f"VIDEO_DELIVERY={settings.VIDEO_DELIVERY} serves from a bucket, and none is named.", hint=hint, id="streaming.E002")]
    if settings.VIDEO_DELIVERY == "cloudfront":
        return _cloudfront()
    if settings.VIDEO_DELIVERY == "s3" and settings.S3_ENDPOINT_URL and not settings.S3_BROWSER_URL:
        hint = f"Set S3_BROWSER_URL to the address by which browsers reach the bucket, or choose another way of delivery. {WHERE}"
        return [Warning("VIDEO_DELIVERY=s3 sends browsers to S3_ENDPOINT_URL, which may be an address inside the network.", hint=hint, id="streaming.W002")]
    if settings.VIDEO_DELIVERY == "nginx" and settings.S3_BUCKET and not settings.VIDEO_BUCKET_READERS:
        hint = f"Set VIDEO_BUCKET_READERS to nginx's own addresses, then run manage.py nginx_video_conf. {WHERE}"
        return [Warning("Nobody is named who may read video in the bucket without a key, so nginx may not either.", hint=hint, id="streaming.W001")]
    if settings.VIDEO_DELIVERY == "nginx" and settings.S3_BUCKET and any(reader.endswith("/0") for reader in settings.VIDEO_BUCKET_READERS):
        hint = f"Name nginx's own addresses alone. {WHERE}"
        return [Error("VIDEO_BUCKET_READERS lets everybody read every video in the bucket.", hint=hint, id="streaming.E007")]
    return []


def _cloudfront() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.HTTPS:
        hint = "Set SITE_URL to an https:// address; CloudFront's cookies are sent over nothing else."
        found.append(Error("VIDEO_DELIVERY=cloudfront needs HTTPS.", hint=hint, id="streaming.E003"))
    if not settings.VIDEO_CLOUDFRONT_KEY_ID or not settings.VIDEO_CLOUDFRONT_KEY_FILE:
        hint = f"Set VIDEO_CLOUDFRONT_KEY_ID and VIDEO_CLOUDFRONT_KEY_FILE to a key of the distribution's trusted key group. {WHERE}"
        return [*found, Error("VIDEO_DELIVERY=cloudfront has no key to sign cookies with.", hint=hint, id="streaming.E004")]
    try:
        private_key(settings.VIDEO_CLOUDFRONT_KEY_FILE)
    except OSError as error:
        found.append(
            Error(f"VIDEO_CLOUDFRONT_KEY_FILE cannot be read: {error.strerror}.", hint="Name a file that the site's user may read.", id="streaming.E005")
        )
    except (ValueError, TypeError):
        hint = "It must hold an RSA private key of 2048 bits in PEM form, without a passphrase."
        found.append(Error("VIDEO_CLOUDFRONT_KEY_FILE does not hold a key that CloudFront takes.", hint=hint, id="streaming.E006"))
    return found
