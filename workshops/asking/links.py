"""Links in a mail to a pin or an alert. Whoever holds one may confirm, change and withdraw that one thing, and nothing else."""

from __future__ import annotations

from typing import TypeVar

from django.core import signing

from workshops.models import Asked

SALT = "workshops.asking"
Row = TypeVar("Row", bound=Asked)


def link_token(asked: Asked) -> str:
    return signing.dumps([asked._meta.model_name, asked.pk], salt=SALT)


def read_link(token: str, model: type[Row]) -> Row | None:
    """None when the token is not one of ours, or what it named is gone."""
    try:
        name, pk = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return model._default_manager.filter(pk=pk).select_related("user").first() if name == model._meta.model_name else None
