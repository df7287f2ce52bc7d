"""The page on the phone: an empty shell that works without network and fills itself from what the phone keeps."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.middleware import shows_no_times

STYLES = ("tokens", "fonts", "base", "layout", "button", "form", "card", "notice", "workshops-checkin")
MODULES = ("main", "app", "board", "camera", "clock", "dialogs", "names", "paint", "press", "rooms", "sending", "store", "toast", "words")
FILES = (
    *(f"css/{name}.css" for name in STYLES),
    *(f"js/checkin/{name}.js" for name in MODULES),
    "vendor/zxing/zxing-browser.min.js",
    "vendor/signature-pad/signature_pad.umd.min.js",
    "vendor/source-sans/source-sans-3-latin-wght-normal.woff2",
    "vendor/alegreya/alegreya-latin-500-normal.woff2",
    "img/mark.svg",
    "img/checkin-192.png",
)


def _page() -> str:
    """The page without anything of the viewer's: one copy on the phone serves whoever holds it."""
    return render_to_string("workshops/checkin/page.html", {"school_name": settings.SCHOOL_NAME, "styles": [f"css/{name}.css" for name in STYLES]})


@login_not_required
@shows_no_times
@require_safe
def checkin_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_page(), headers={"Cache-Control": "no-cache"})


@login_not_required
@shows_no_times
@require_safe
def checkin_worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the list of what it keeps. Another byte in any of it is another worker, so phones renew themselves."""
    files = [static(name) for name in FILES]
    version = hashlib.sha256("\n".join([*files, _page()]).encode()).hexdigest()[:16]
    context = {"version": json.dumps(version), "files": json.dumps(files), "page": json.dumps(reverse("workshops:checkin_page"))}
    return HttpResponse(render_to_string("workshops/checkin/worker.js", context), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


@login_not_required
@shows_no_times
@require_safe
def checkin_manifest(request: HttpRequest) -> JsonResponse:
    page = reverse("workshops:checkin_page")
    icons = [
        {"src": static("img/checkin-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any"},
        {"src": static("img/checkin-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any"},
        {"src": static("img/checkin-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    manifest = {
        "id": page,
        "name": _("Check-in · %(school)s") % {"school": settings.SCHOOL_NAME},
        "short_name": _("Check-in"),
        "description": _("Sign people in and out of a workshop, with or without network."),
        "start_url": page,
        "scope": page,
        "display": "standalone",
        "background_color": "#f8f5ee",
        "theme_color": "#1d5a50",
        "icons": icons,
    }
    return JsonResponse(manifest, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})
