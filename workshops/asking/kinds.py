"""What pins and alerts differ in, as far as their pages and the API go: their words, their templates and their verbs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.http import HttpRequest
from django.utils.functional import Promise

from core.limits import check_limit
from workshops.asking.links import read_link
from workshops.models import Asked

RATE = "20/h"  # so often somebody asks for one
Row = TypeVar("Row", bound=Asked)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[Row]):
    """`templates` and “_create.html”, “_sent.html”, “_detail.html”, “_stop.html”, “_unknown.html” are its templates; `detail` names the page of one.

    `shown` is what the templates are given of one. Forms and input serializers carry what was typed as `wish`, and
    `change` writes it. The verbs may be repeated, and raise AskingRefused.
    """

    model: type[Row]
    limit: str
    templates: str
    detail: str
    shown: Callable[[Row], dict[str, Any]]
    form: Callable[[Any, Row], forms.Form]
    change: Callable[[Row, Any], Row]
    confirm: Callable[[Row], Row]
    renew: Callable[[Row], Row]
    stop: Callable[[Row], Row]
    confirmed_words: Promise
    renewed_words: Promise

    def find(self, token: str) -> Row | None:
        return read_link(token, self.model)

    def check_limit(self, request: HttpRequest) -> None:
        """Raises RateLimited when this visitor asked too often."""
        check_limit(request, group=self.limit, rate=RATE)
