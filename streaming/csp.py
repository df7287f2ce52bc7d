"""The one exception to the site's content policy: a page with a player."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update

View = TypeVar("View", bound=Callable[..., Any])


def player_page(view: View) -> View:
    """Allow inline style on this view's page: the player's web components style their own shadow trees."""
    return cast(View, csp_update({"style-src": [UNSAFE_INLINE]})(view))
