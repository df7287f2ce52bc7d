"""What a page with a map may load. The map's outlines come from here; squares of another server only where a setting names it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings

View = TypeVar("View", bound=Callable[..., Any])


def tile_origins(template: str) -> list[str]:
    """The hosts of a tile server's address: “https://{s}.tiles.example/{z}/{x}/{y}.png” is any host below tiles.example."""
    parts = urlsplit(template)
    return [f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"] if parts.netloc else []


def map_page(view: View) -> View:
    """Allow this view's page to show the squares of the tile server that MAP_TILES names; without one nothing changes."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        if origins := tile_origins(settings.MAP_TILES):
            return csp_update({"img-src": origins})(view)(*args, **kwargs)
        return view(*args, **kwargs)

    return cast(View, answer)
