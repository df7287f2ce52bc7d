"""What a page with a player, and the page that sends files straight to the bucket, are allowed and given that others are not."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from streaming.delivery import set_cookies
from streaming.delivery.pages import addresses_of
from streaming.gathering import BucketGathering, gathering

View = TypeVar("View", bound=Callable[..., Any])


def player_page(view: View) -> View:
    """Allow inline style on this view's page, because the player's web components style their own shadow trees.

    The cookies that the addresses on the page need go with it. Where the bucket serves segments, the page may read from it.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        for address in addresses_of(request):
            set_cookies(response, address)
        return response

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        place = gathering()
        reads = [place.browser_origin()] if settings.VIDEO_DELIVERY == "s3" and isinstance(place, BucketGathering) else []
        return csp_update({"style-src": [UNSAFE_INLINE], "connect-src": reads, "media-src": reads})(page)(*args, **kwargs)

    return cast(View, answer)


def upload_page(view: View) -> View:
    """Allow this view's page to send to the bucket, where browsers do that themselves."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        place = gathering()
        if isinstance(place, BucketGathering) and place.is_direct:
            return csp_update({"connect-src": [place.browser_origin()]})(view)(*args, **kwargs)
        return view(*args, **kwargs)

    return cast(View, answer)
