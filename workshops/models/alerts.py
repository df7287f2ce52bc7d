"""Standing searches: tell me when a workshop like this is announced."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from workshops.models.asking import Asked, AskedQuerySet
from workshops.models.places import LATITUDE, LONGITUDE
from workshops.models.workshops import Workshop


class Announcement(models.Model):
    """When a workshop was announced for the first time, and from when anybody may register: the news that alerts carry."""

    workshop = models.OneToOneField(Workshop, on_delete=models.CASCADE, related_name="announcement")
    announced_at = models.DateTimeField()
    opens_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.workshop} {self.announced_at:%Y-%m-%d %H:%M}"


class SearchAlert(Asked):
    """A search somebody wants to hear of. It keeps the search's own parameters, so it means what the page means by them."""

    class Pace(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        DAILY = "daily", _("once a day, in the morning")

    search = models.CharField(max_length=600, help_text="Its canonical parameters.")
    words = models.CharField(max_length=400, help_text="The search as a sentence.")
    pace = models.CharField(_("how often"), max_length=8, choices=Pace, default=Pace.DAILY)
    # Where it looks, so that the alerts a new workshop concerns are found without asking each; none looks everywhere.
    lat = models.FloatField(null=True, blank=True, validators=LATITUDE)
    lng = models.FloatField(null=True, blank=True, validators=LONGITUDE)
    radius_km = models.FloatField(null=True, blank=True)

    objects = AskedQuerySet.as_manager()

    class Meta(Asked.Meta):
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.words


class AlertedWorkshop(models.Model):
    """A workshop that an alert has told of: each once."""

    alert = models.ForeignKey(SearchAlert, on_delete=models.CASCADE, related_name="told")
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="+")
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "workshop"], name="an_alert_tells_of_a_workshop_once")]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.workshop_id}"
