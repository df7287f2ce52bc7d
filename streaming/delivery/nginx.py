"""What nginx needs to check passes and to serve videos by itself: two files, included by deploy/nginx.conf.

`http.conf` holds the secrets (derived from SECRET_KEY for this purpose, never SECRET_KEY) and the bucket's address,
`server.conf` the locations, with the very patterns the app checks by.
"""

from __future__ import annotations

import os
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from django.conf import settings

from streaming.delivery.passes import EXPIRES, GRANT, KEY, MAC, keys
from streaming.delivery.published import GROWING, KEEP_GROWING, KEEP_LASTING, LASTING, RELEASE, UUID

HTTP = Template("""\
# Written by manage.py nginx_video_conf. It holds secrets: whoever reads it can open every video.
map $$video_key $$video_secret {
    default "${current}"; # never empty: an unknown key must not open anything
${former}}
${bucket}""")

UPSTREAM = Template("""\
upstream video_bucket {
    zone video_bucket 64k;
    server ${address} resolve;
    keepalive 32;
}
proxy_cache_path ${cache} keys_zone=video:16m max_size=${size} inactive=7d use_temp_path=off;
""")

# One location for what lasts and one for what grows, each checked where it is served: a second round through nginx's
# locations would cost a tenth of the throughput at 64 kB.
LOCATION = Template("""\
location ~ "^/v/${checked}/(?<video_file>(?<video_asset>${uuid})/${release}/${names})\\z" {
    secure_link $$video_mac,$$video_expires;
    secure_link_md5 "$$video_expires:$$video_asset:$$video_grant:$$video_key $$video_secret";
    if ($$secure_link != "1") {
        rewrite ^ /nginx-video-refused last;
    }
    limit_except GET { deny all; }
    add_header Cache-Control "${keep}" always;
    add_header X-Content-Type-Options nosniff always;
${serve}}
""")
REST = Template("""\
# The browser's own player (iPhones): the address stays, the pass is in a cookie.
location ~ "^/v/native/(?<video_file>${uuid}/${release}/.+)\\z" {
    if ($$cookie_video !~ "^(?<video_token>${grant}[.]${key}[.]${mac})[.](?<video_until>${expires})\\z") {
        return 403;
    }
    rewrite ^ /v/$$video_token/$$video_until/$$video_file last;
}
location /v/ {
    return 403;
}
location = /nginx-video-refused {
    internal;
    return 403;
}
location = /nginx-video-gone {
    internal;
    return 404;
}
""")

DISK = Template("""\
    alias "${root}/video/$$video_file";
    disable_symlinks on from="${root}/video/";
    types {
        application/vnd.apple.mpegurl m3u8;
        video/iso.segment m4s;
        video/mp4 mp4;
        image/jpeg jpg;
        "text/vtt; charset=utf-8" vtt;
    }
""")
KEEP_OPEN = """\
    open_file_cache max=2000 inactive=60s;
    open_file_cache_valid 60s;
"""
BUCKET = Template("""\
    proxy_pass ${scheme}://video_bucket${folder}/video/$$video_file;
    proxy_http_version 1.1;
    proxy_pass_request_headers off;
    proxy_set_header Host ${host};
    proxy_set_header Connection "";
    proxy_hide_header Cache-Control;
    proxy_hide_header Set-Cookie;
    proxy_hide_header Vary;
    proxy_hide_header X-Amz-Request-Id;
    proxy_hide_header X-Amz-Id-2;
    proxy_hide_header X-Amz-Server-Side-Encryption;
    proxy_hide_header Seaweed-X-Amz-ETag;
    proxy_hide_header Seaweed-X-Amz-Owner;
    proxy_intercept_errors on;
    error_page 403 404 =404 /nginx-video-gone; # a bucket that nobody may list says 403 for what it does not have
""")
TLS = Template("""\
    proxy_ssl_server_name on;
    proxy_ssl_name ${name};
    proxy_ssl_verify on;
    proxy_ssl_verify_depth 3;
    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
""")
CACHED = """\
    proxy_cache video;
    proxy_cache_key $video_file;
    proxy_cache_lock on;
    proxy_cache_valid 200 30d;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary X-Accel-Expires;
"""
CONDITIONAL = """\
    proxy_set_header If-None-Match $http_if_none_match;
    proxy_set_header If-Modified-Since $http_if_modified_since;
"""


def write_conf(*, folder: Path, media: str, cache: str, cache_size: str) -> list[Path]:
    """Write both files, readable to their owner alone; each is replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in (("http.conf", http_conf(cache=cache, cache_size=cache_size)), ("server.conf", server_conf(media=media))):
        fresh = folder / f".{name}"
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        written.append(fresh.replace(folder / name))
    return written


def http_conf(*, cache: str, cache_size: str) -> str:
    if settings.VIDEO_DELIVERY != "nginx":
        return "# Video is not delivered by nginx (VIDEO_DELIVERY).\n"
    current, *former = keys()
    bucket = ""
    if settings.S3_BUCKET:
        _scheme, host, port, _folder = _bucket()
        bucket = UPSTREAM.substitute(address=f"{host}:{port}", cache=cache, size=cache_size)
    return HTTP.substitute(current=current.secret, former="".join(f'    {key.name} "{key.secret}";\n' for key in former), bucket=bucket)


def server_conf(*, media: str) -> str:
    if settings.VIDEO_DELIVERY != "nginx":
        return "# Video is not delivered by nginx (VIDEO_DELIVERY).\n"
    if settings.S3_BUCKET:
        scheme, host, port, folder = _bucket()
        named = host if port == {"https": 443, "http": 80}[scheme] else f"{host}:{port}"
        serve = BUCKET.substitute(scheme=scheme, folder=folder, host=named) + (TLS.substitute(name=host) if scheme == "https" else "")
        serve_lasting, serve_growing = serve + CACHED, serve + CONDITIONAL
    else:
        serve = DISK.substitute(root=media)
        serve_lasting, serve_growing = serve + KEEP_OPEN, serve
    checked = f"(?<video_grant>{GRANT})[.](?<video_key>{KEY})[.](?<video_mac>{MAC})/(?<video_expires>{EXPIRES})"
    common = {"checked": checked, "uuid": UUID, "release": RELEASE}
    return (
        "# Written by manage.py nginx_video_conf. Video (decision 0020): nginx checks the pass and serves; the site sees no request.\n"
        + LOCATION.substitute(common, names=LASTING, keep=KEEP_LASTING, serve=serve_lasting)
        + LOCATION.substitute(common, names=GROWING, keep=KEEP_GROWING, serve=serve_growing)
        + REST.substitute(common, grant=GRANT, key=KEY, mac=MAC, expires=EXPIRES)
    )


def _bucket() -> tuple[str, str, int, str]:
    """Scheme, host, port and folder of the bucket, as a client asks for it."""
    if not settings.S3_ENDPOINT_URL:
        return "https", f"{settings.S3_BUCKET}.s3.{settings.S3_REGION}.amazonaws.com", 443, ""
    parts = urlsplit(settings.S3_ENDPOINT_URL)
    return parts.scheme, parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80), f"/{settings.S3_BUCKET}"
