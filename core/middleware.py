"""Refusals become pages, and every answer carries the site’s content policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import DomainError


class DomainErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure())
        return render(request, "core/refused.html", {"error": exception, "back": came_from if is_ours else ""}, status=exception.status)


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's own, which builds the policy anew and twice for each answer; most answers carry the same one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        super().__init__(get_response)
        self.usual = build_policy(**asdict(self.get_policy_parts(request=HttpRequest(), response=HttpResponse())))

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        is_special = settings.DEBUG or getattr(request, "_csp_nonce", None) or any(name.startswith("_csp") for name in vars(response))
        if is_special:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response
