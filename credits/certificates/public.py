"""What anybody may ask about a certificate, without an account: is it real, does it still hold.

These pages show what the paper shows and nothing private, ask no search engine in, and send no referrer on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_ratelimit.core import is_ratelimited
from redis.exceptions import RedisError

from core.errors import DomainError
from core.limits import client_address
from credits.certificates.codes import read_token
from credits.certificates.credential import PURPOSES, issuer_profile
from credits.certificates.forms import LookupForm
from credits.certificates.keys import jwks, public_jwk
from credits.certificates.page import machine_facts, page_of
from credits.certificates.selectors import MAX_CHECKED_BYTES, FileVerdict, find_by_serial, judge_file
from credits.certificates.services import StoredFileDamaged, stored_pdf
from credits.certificates.status import TTL, status_list_jwt
from credits.models import Certificate, SigningKey, StatusList

logger = logging.getLogger(__name__)
LOOKUPS = "20/10m"
UNKNOWN_ADDRESSES = "60/10m"

View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Open to strangers, closed to search engines; its address is told to no other site."""

    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        # No other site learns the address. Our own must: with "no-referrer" browsers send forms from nowhere, and the check against forged ones refuses them.
        response["Referrer-Policy"] = "same-origin"
        response.setdefault("Cache-Control", "no-cache")
        return response

    return answer


@public
@csrf_exempt  # asks a question, changes nothing, and must work for people without cookies
@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Find a certificate by serial and surname. Unknown and malformed get the same answer."""
    form = LookupForm(request.POST or None)
    if request.method != "POST":
        return render(request, "credits/verify/lookup.html", {"form": form})
    if _is_too_often(request, "credits.lookup", LOOKUPS):
        return _too_often(request, form)
    found = find_by_serial(serial=form.cleaned_data["serial"], surname=form.cleaned_data["surname"]) if form.is_valid() else None
    if found is None:
        return render(request, "credits/verify/lookup.html", {"form": LookupForm(initial=request.POST.dict()), "is_refused": True}, status=404)
    return redirect(found)


@public
@require_safe
def certificate_page(request: HttpRequest, token: str) -> HttpResponse:
    certificate = _find(token)
    if certificate is None:
        return _unknown(request)
    return _page(request, certificate)


@public
@csrf_exempt  # the file is read and forgotten; nothing changes
@require_POST
def certificate_check(request: HttpRequest, token: str) -> HttpResponse:
    """Say whether a dropped file is the issued one. It is read in memory, compared, and kept nowhere."""
    certificate = _find(token)
    if certificate is None:
        return _unknown(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_CHECKED_BYTES + 10_000:  # before the body is read
        return _page(request, certificate, FileVerdict("too_large"), status=413)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile) or file.size is None:
        return _page(request, certificate, FileVerdict("missing"), status=422)
    return _page(request, certificate, judge_file(certificate=certificate, file=file, size=file.size))


@public
@require_safe
def certificate_json(request: HttpRequest, token: str) -> HttpResponse:
    certificate = _find(token)
    if certificate is None:
        return JsonResponse({"status": "unknown", "detail": _("No certificate has this address. Check every character of it.")}, status=404)
    return JsonResponse(machine_facts(certificate), json_dumps_params={"ensure_ascii": False})


@public
@require_safe
def certificate_jwt(request: HttpRequest, token: str) -> HttpResponse:
    """The badge: byte for byte what is embedded in the PDF."""
    certificate = _find(token)
    if certificate is None or not certificate.is_made:
        return HttpResponse(_("No certificate has this address. Check every character of it."), status=404, content_type="text/plain; charset=utf-8")
    if certificate.is_status_only or certificate.purged_at:
        return HttpResponse(_("The holder does not publish this credential. Ask them for the file."), status=403, content_type="text/plain; charset=utf-8")
    if certificate.snapshot.get("is_original"):
        text = _("This certificate was issued before this system, on paper alone. Its page says whether it holds.")
        return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")
    return HttpResponse(Certificate.objects.values_list("credential_jwt", flat=True).get(pk=certificate.pk), content_type="text/plain; charset=utf-8")


@require_safe
def certificate_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The issued bytes, for their owner, CE officers and staff. Others are told that there is no such page."""
    read = read_token(token)
    certificate = get_object_or_404(Certificate.objects.visible_to(request.user).made().defer("staged"), token=read or "-", purged_at__isnull=True)
    try:
        data = stored_pdf(certificate)
    except StoredFileDamaged as error:
        logger.error("Certificate %s: %s", certificate.serial, error)
        raise DomainError(
            _("The stored file of this certificate is not the one that was issued, so it is not given out. Write to us; we will restore it."),
            code="stored_file_damaged",
        ) from error
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{certificate.file_name}"'
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = f'"{certificate.sha256}"'
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@public
@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    profile = {"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"], **issuer_profile()}
    return _published(profile)


@public
@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    return _published(jwks())


@public
@require_safe
def key(request: HttpRequest, kid: str) -> HttpResponse:
    """One public key, at the address that credentials name in `kid`."""
    return _published(public_jwk(get_object_or_404(SigningKey, kid=kid)))


@public
@require_safe
def status_list(request: HttpRequest, number: int, purpose: str) -> HttpResponse:
    if purpose not in PURPOSES:
        raise Http404
    row = get_object_or_404(StatusList, number=number)
    response = HttpResponse(status_list_jwt(status_list=row, purpose=purpose), content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={int(TTL.total_seconds())}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _find(token: str) -> Certificate | None:
    read = read_token(token)
    return Certificate.objects.with_page().filter(token=read).exclude(state=Certificate.State.PENDING).first() if read else None


def _page(request: HttpRequest, certificate: Certificate, verdict: FileVerdict | None = None, *, status: int = 200) -> HttpResponse:
    may_download = Certificate.objects.visible_to(request.user).filter(pk=certificate.pk).exists() if request.user.is_authenticated else False
    context = {
        "certificate": certificate,
        "page": page_of(certificate),
        "verdict": verdict,
        "may_download": may_download,
        "limit_mb": MAX_CHECKED_BYTES // 1_000_000,
    }
    return render(request, "credits/verify/certificate.html", context, status=status)


def _unknown(request: HttpRequest) -> HttpResponse:
    """A clear refusal with the way out; guessing many addresses is slowed down."""
    if _is_too_often(request, "credits.unknown", UNKNOWN_ADDRESSES):
        return _too_often(request, LookupForm())
    return render(request, "credits/verify/unknown.html", {"form": LookupForm()}, status=404)


def _is_too_often(request: HttpRequest, group: str, rate: str) -> bool:
    """Count this visitor. While the cache is away nobody is refused: guessing 35 bits and a name is hopeless anyway."""
    try:
        return bool(is_ratelimited(request, group=group, key=client_address, rate=rate, increment=True))
    except RedisError:
        logger.warning("The cache is away; %s is not limited.", group)
        return False


def _too_often(request: HttpRequest, form: LookupForm) -> HttpResponse:
    response = render(request, "credits/verify/lookup.html", {"form": form, "is_limited": True}, status=429)
    response["Retry-After"] = "600"
    return response


def _published(document: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(json.dumps(document, ensure_ascii=False), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response
