"""How the API answers refusals, and whoever asks for a file's own type."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as default_handler

from core.errors import DomainError


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DomainError becomes its status (409) with `{"code", "detail"}`; everything else is DRF's own."""
    if isinstance(exception, DomainError):
        return Response({"code": exception.code, "detail": exception.message}, status=exception.status)
    return default_handler(exception, context)


class JSONParser(parsers.JSONParser):
    """Lists in lists, a thousand deep, are no request: refused like any other text that is not JSON."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("This JSON is nested too deeply.")) from error


class AnyAccept(DefaultContentNegotiation):
    """A route answers in the one type it has, whatever the request accepts: a PDF to who asks for PDF alone, else JSON.

    DRF's own would refuse (406) before the view runs, as a view that answers with a file has no renderer of the file's type.
    """

    def select_renderer(self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None) -> tuple[BaseRenderer, str]:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            first = next(iter(renderers))
            return first, first.media_type or ""
