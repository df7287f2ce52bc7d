"""How the API answers refusals."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from core.errors import DomainError


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DomainError becomes its status (409) with `{"code", "detail"}`; everything else is DRF's own."""
    if isinstance(exception, DomainError):
        return Response({"code": exception.code, "detail": exception.message}, status=exception.status)
    return default_handler(exception, context)
