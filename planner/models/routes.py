"""A saved route to a renewal: what a person means to take, and what happened to it since."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class Goal(models.TextChoices):
    """What a route is best at."""

    CHEAPEST = "cheapest", _("Cheapest")
    NEAREST = "nearest", _("Least travel")
    SOONEST = "soonest", _("Soonest done")


class RouteQuerySet(models.QuerySet["Route"]):
    def visible_to(self, user: Any) -> RouteQuerySet:
        """A route is its person's own; nobody else sees it."""
        return self.filter(user_id=user.pk)

    def followed(self) -> RouteQuerySet:
        return self.filter(state=Route.State.FOLLOWED)


class Route(TimeStampedModel):
    """What one person means to take so that one or more licences lack nothing, followed until it is reached or dropped.

    `outlook` and the totals are what the last look found; `asked` counts the reasons to look again, `answered` how many
    of them that look knew of.
    """

    class State(models.TextChoices):
        FOLLOWED = "followed", _("Being followed")
        REACHED = "reached", _("Reached")
        OVER = "over", _("Its cycle is over")
        DROPPED = "dropped", _("Dropped")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="routes")
    name = models.CharField(max_length=100)
    goal = models.CharField(max_length=10, choices=Goal)
    licences = models.ManyToManyField("credits.Licence", related_name="+")
    place_label = models.CharField(max_length=120, blank=True, help_text="Where the travel begins; empty when no place was given.")
    lat = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    lng = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    margin_days = models.PositiveSmallIntegerField(default=30, help_text="How long before a deadline everything is to be done.")
    hours_per_week = models.PositiveSmallIntegerField(default=4, validators=[MinValueValidator(1), MaxValueValidator(60)], help_text="For home study.")
    state = models.CharField(max_length=10, choices=State, default=State.FOLLOWED)
    wants_mail = models.BooleanField(default=True)
    is_closing = models.BooleanField(default=False, help_text="Whether its steps close every gap, by the last look.")
    outlook = models.JSONField(default=list, blank=True, help_text="For each licence what is missing now and after the steps.")
    purchases = models.JSONField(default=list, blank=True, help_text="What to buy for it, as the shop sells it.")
    total_cents = models.PositiveIntegerField(default=0, help_text="What is still to be paid.")
    currency = models.CharField(max_length=3, blank=True)
    travel_m = models.PositiveIntegerField(null=True, blank=True, help_text="There and back, in metres, as the crow flies; empty without a place.")
    finishes_on = models.DateField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    asked = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="a_route_has_a_name"),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lng__isnull=True) | Q(lat__range=(-90, 90), lng__range=(-180, 180)), name="a_route_begins_on_earth_or_nowhere"
            ),
            models.CheckConstraint(condition=Q(hours_per_week__gte=1, hours_per_week__lte=60), name="a_week_of_study_has_hours"),
        ]
        indexes = [models.Index(fields=["state", "looked_at"], name="routes_to_look_at")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("planner:route_detail", args=[self.pk])

    @property
    def is_followed(self) -> bool:
        return self.state == self.State.FOLLOWED

    @property
    def has_place(self) -> bool:
        return self.lat is not None


class RouteStep(TimeStampedModel):
    """One workshop or course of a route, with what the last look found of it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("To book")
        BOOKED = "booked", _("Yours")
        COMPLETED = "completed", _("Completed")
        LOST = "lost", _("No longer possible")

    class Reason(models.TextChoices):
        """Why a step can no longer be taken."""

        CANCELLED = "cancelled", _("The workshop was cancelled.")
        FULL = "full", _("All seats are taken.")
        MISSED = "missed", _("The day has passed, and nothing was completed.")
        OFF_SALE = "off_sale", _("It is not on sale at this time.")
        HIDDEN = "hidden", _("The course is no longer offered.")
        LATE = "late", _("It would end after the day by which everything is to be done.")
        DUPLICATE = "duplicate", _("You have booked or completed another date of it.")
        UNCOUNTED = "uncounted", _("No licence of this route would get credit for it.")
        CLASH = "clash", _("You have a seat elsewhere at that time.")

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    workshop = models.ForeignKey("workshops.Workshop", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey("courses.Course", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(max_length=10, choices=Reason, blank=True, help_text="Why it is lost.")
    title = models.CharField(max_length=200)
    where = models.CharField(max_length=300, blank=True, help_text="The venue and its town; empty for a course.")
    zone = models.CharField(max_length=64, blank=True, help_text="The venue's time zone.")
    starts_at = models.DateTimeField(null=True, blank=True, help_text="When the workshop begins; empty for a course.")
    day = models.DateField(help_text="The civil day on which it would be completed.")
    minutes = models.PositiveIntegerField(default=0, help_text="Of home study; 0 for a workshop.")
    price_cents = models.PositiveIntegerField(default=0, help_text="What it alone still costs.")
    travel_m = models.PositiveIntegerField(null=True, blank=True)
    book_by = models.DateField(null=True, blank=True)
    is_spare = models.BooleanField(default=False, help_text="The other steps close as much without it.")
    counts = models.JSONField(default=list, blank=True, help_text="For each licence the units that count and the sentence about them.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(workshop__isnull=False, course__isnull=True) | Q(workshop__isnull=True, course__isnull=False),
                name="a_step_is_a_workshop_or_a_course",
            ),
            models.CheckConstraint(condition=Q(state="lost") & ~Q(reason="") | ~Q(state="lost") & Q(reason=""), name="a_lost_step_says_why"),
            models.UniqueConstraint(fields=["route", "workshop"], name="a_workshop_is_in_a_route_once"),
            models.UniqueConstraint(fields=["route", "course"], name="a_course_is_in_a_route_once"),
        ]
        indexes = [models.Index(fields=["workshop"], name="steps_of_a_workshop"), models.Index(fields=["course"], name="steps_of_a_course")]

    def __str__(self) -> str:
        return f"{self.title} in {self.route}"

    @property
    def key(self) -> str:
        """What `payments` and the search call it."""
        return f"workshop:{self.workshop_id}" if self.workshop_id else f"course:{self.course_id}"

    @property
    def is_open(self) -> bool:
        """Whether it still lies before the person."""
        return self.state in (self.State.PLANNED, self.State.BOOKED)


class RouteEvent(models.Model):
    """Something that happened to a route, in the order it was seen. Rows are only added."""

    class Code(models.TextChoices):
        SAVED = "saved", _("Saved")
        REPLACED = "replaced", _("Replaced by other steps")
        BOOKED = "booked", _("Booked")
        GIVEN_BACK = "given_back", _("Given back")
        COMPLETED = "completed", _("Completed")
        MOVED = "moved", _("Moved")
        LOST = "lost", _("No longer possible")
        POSSIBLE_AGAIN = "possible_again", _("Possible again")
        SPARE = "spare", _("No longer needed")
        PRICE_CHANGED = "price_changed", _("Price changed")
        CLOSES_NO_LONGER = "closes_no_longer", _("No longer closes the gap")
        CLOSES_AGAIN = "closes_again", _("Closes the gap again")
        DEADLINE_CHANGED = "deadline_changed", _("Deadline changed")
        REACHED = "reached", _("Reached")
        OVER = "over", _("Its cycle is over")
        DROPPED = "dropped", _("Dropped")

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="events")
    code = models.CharField(max_length=20, choices=Code)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.code} {self.route_id}"
