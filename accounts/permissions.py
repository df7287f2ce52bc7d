"""Gates by role, for pages and for the API. Sign-in itself is required by LoginRequiredMiddleware."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User

View = Callable[..., HttpResponseBase]


class SignedInRequest(HttpRequest):
    """The request of a page that only signed-in people reach: LoginRequiredMiddleware has seen to it."""

    user: User


def role_required(*roles: str) -> Callable[[View], View]:
    """Let in signed-in people who have any of `roles`; answer others 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (request.user.is_authenticated and request.user.has_role(*roles)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return gate

    return decorate


class HasRole(BasePermission):
    """DRF gate; make one with `HasRole.of(Role.STAFF)`."""

    roles: tuple[str, ...] = ()

    @classmethod
    def of(cls, *roles: str) -> type[HasRole]:
        return type("HasRole", (cls,), {"roles": roles})

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user and request.user.is_authenticated and request.user.has_role(*self.roles))
