"""The exceptions to the site's content policy: a page with a player, and the page that sends files straight to the bucket."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update

from streaming.gathering import BucketGathering, gathering

View = TypeVar("View", bound=Callable[..., Any])


def player_page(view: View) -> View:
    """Allow inline style on this view's page: the player's web components style their own shadow trees."""
    return cast(View, csp_update({"style-src": [UNSAFE_INLINE]})(view))


def upload_page(view: View) -> View:
    """Allow this view's page to send to the bucket, where browsers do that themselves."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        place = gathering()
        if isinstance(place, BucketGathering) and place.is_direct:
            return csp_update({"connect-src": [place.browser_origin()]})(view)(*args, **kwargs)
        return view(*args, **kwargs)

    return cast(View, answer)
