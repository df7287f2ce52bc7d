"""The body regions SMRT is taught by: the words of the body map and of the list beside it.

The slugs are topics of courses (courses.models.Topic).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Region:
    slug: str
    title: str | Promise
    treats: str | Promise

    @property
    def url(self) -> str:
        """The catalogue, at what the school teaches about this region."""
        return f"{reverse('courses:course_list')}?{urlencode({'topic': self.slug})}"


REGIONS = {
    region.slug: region
    for region in (
        Region("jaw", _("Jaw"), _("masseter, temporalis, pterygoids")),
        Region("neck", _("Neck"), _("sternocleidomastoid, scalenes, upper trapezius")),
        Region("shoulder", _("Shoulder"), _("deltoid, pectorals, rotator cuff")),
        Region("scar", _("Scar tissue"), _("old scars and the layers they hold")),
        Region("hip", _("Hip"), _("gluteus maximus, hip flexors, dormant butt syndrome")),
        Region("knee", _("Knee"), _("hamstrings, gastrocnemius, calcaneal tendon")),
    )
}
