"""Seats that an organization bought: who has which, and which are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from core.models import TimeStampedModel
from payments.models.access import AccessGrant
from payments.models.orders import OrderLine

if TYPE_CHECKING:
    from accounts.models import User


class SeatPoolQuerySet(models.QuerySet["SeatPool"]):
    def managed_by(self, user: User) -> SeatPoolQuerySet:
        return self.filter(organization__in=Organization.objects.managed_by(user))

    def with_counts(self) -> SeatPoolQuerySet:
        """Adds `seats_free`, `seats_invited` and `seats_taken`."""
        states = OrganizationSeat.State
        return self.annotate(**{f"seats_{state.value}": Count("seats", filter=Q(seats__state=state)) for state in (states.FREE, states.INVITED, states.TAKEN)})


class SeatPool(TimeStampedModel):
    """The seats of one paid order line. Whoever has its link may take a free one, while the link is on."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="pool")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="pools")
    link_is_on = models.BooleanField(default=False)
    link_version = models.PositiveSmallIntegerField(default=1, help_text=_("Counting up makes links given out before worthless."))

    seats_free: int  # these three are added by with_counts()
    seats_invited: int
    seats_taken: int

    objects = SeatPoolQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.organization}: {self.line.title}"

    def get_absolute_url(self) -> str:
        return reverse("payments:pool_detail", args=[self.pk])


class OrganizationSeat(TimeStampedModel):
    """One seat. The access of whoever took it is the grant."""

    class State(models.TextChoices):
        FREE = "free", _("Free")
        INVITED = "invited", _("Invited")
        TAKEN = "taken", _("Taken")
        WITHDRAWN = "withdrawn", _("Refunded")

    pool = models.ForeignKey(SeatPool, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=State, default=State.FREE)
    email = models.EmailField(blank=True, help_text=_("Who is invited."))
    invite_version = models.PositiveSmallIntegerField(default=1, help_text=_("Counting up makes invitations sent before worthless."))
    invited_at = models.DateTimeField(null=True, blank=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="organization_seats")
    taken_at = models.DateTimeField(null=True, blank=True)
    grant = models.OneToOneField(AccessGrant, null=True, blank=True, on_delete=models.PROTECT, related_name="organization_seat")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["pool", "user"], condition=Q(state="taken"), name="one_seat_of_a_pool_per_person"),
            models.UniqueConstraint("pool", Lower("email"), condition=Q(state="invited"), name="one_invitation_per_address"),
            models.CheckConstraint(
                condition=Q(state="taken", user__isnull=False, taken_at__isnull=False, grant__isnull=False)
                | Q(state__in=["free", "invited", "withdrawn"], user__isnull=True, grant__isnull=True, taken_at__isnull=True),
                name="a_taken_seat_names_who_has_it",
            ),
            models.CheckConstraint(
                condition=Q(state="invited", invited_at__isnull=False) & ~Q(email="") | ~Q(state="invited"), name="an_invitation_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool}: {self.user or self.email or self.get_state_display()}"
