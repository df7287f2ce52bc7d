"""Registering: what a workshop asks, and what each person answered, stated and accepted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from workshops.models.seats import Seat


class Question(TimeStampedModel):
    """Something a workshop asks everybody who comes. One that was answered is asked no more rather than deleted."""

    class Kind(models.TextChoices):
        TEXT = "text", _("A few words")
        CHOICE = "choice", _("One of several")
        YES_NO = "yes_no", _("Yes or no")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.TEXT)
    text = models.CharField(_("question"), max_length=200)
    help_text = models.CharField(_("explanation"), max_length=300, blank=True)
    choices = models.JSONField(default=list, blank=True, help_text="The answers of a choice, as printed.")
    is_required = models.BooleanField(_("an answer is needed"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=[]), name="a_choice_has_answers_to_choose")]

    def __str__(self) -> str:
        return self.text


class Requirement(TimeStampedModel):
    """What a person must have done or hold before a workshop."""

    class Kind(models.TextChoices):
        ACTIVITY = "activity", _("A course or workshop completed here")
        LEVEL = "level", _("Any workshop of this school attended")
        LICENCE = "licence", _("A licence or certification on file")
        STATEMENT = "statement", _("A statement of the person’s own")

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="requirements")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    activity = models.ForeignKey("credits.Activity", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("course or workshop"))
    board = models.ForeignKey("credits.Board", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("body"))
    words = models.CharField(_("in words"), max_length=300, blank=True, help_text=_("What the person reads, and answers to in a statement."))
    takes_statement = models.BooleanField(
        _("a statement will do"), default=False, help_text=_("Who does not meet it may say what they have instead; the school reads it.")
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="activity", activity__isnull=False) | (~Q(kind="activity") & Q(activity__isnull=True)), name="a_requirement_names_its_activity"
            ),
            models.CheckConstraint(condition=Q(kind="licence") | Q(board__isnull=True), name="only_a_licence_is_of_a_body"),
            models.CheckConstraint(condition=~Q(kind="statement") | (Q(takes_statement=True) & ~Q(words="")), name="a_statement_says_of_what"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """What is required, for whoever registers. Needs `activity` and `board` loaded."""
        if self.words:
            return self.words
        if self.kind == self.Kind.ACTIVITY:
            return str(_("You have completed “%(title)s” with us.") % {"title": self.activity.title if self.activity else ""})
        if self.kind == self.Kind.LEVEL:
            return str(_("You have attended a workshop of this school before."))
        if self.board:
            return str(_("You hold a licence or certification of %(body)s.") % {"body": self.board.name})
        return str(_("You hold a licence or certification in bodywork or training."))


class Waiver(TimeStampedModel):
    """A text that people accept before they come. Its wording is in its versions."""

    name = models.CharField(_("name"), max_length=120, unique=True, help_text=_("For the desk: “Hands-on practice”, for one."))

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WaiverVersion(models.Model):
    """One wording of a waiver. Never changed or removed (a trigger holds it): what was accepted can always be read."""

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["waiver", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["waiver", "number"], name="one_wording_per_number"),
            models.CheckConstraint(condition=~Q(text=""), name="a_waiver_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.waiver}, version {self.number}"


class Registration(TimeStampedModel):
    """What one person told one workshop, whether or not they have a seat yet: it survives payment, and a seat given back and taken again.

    `invited_*` are about somebody whom a colleague registered. `invitation_version` counts up when a link is worth nothing any more.
    """

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="registrations")
    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="registrations")
    place = models.CharField(_("place"), max_length=6, choices=Seat.Place, default=Seat.Place.ROOM)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    invited_as = models.CharField(max_length=120, blank=True, help_text="The name the colleague typed.")
    invited_at = models.DateTimeField(null=True, blank=True)
    invitation_version = models.PositiveSmallIntegerField(default=0)
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True, help_text="When answers and statements were removed, their time being over.")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "learner"], name="one_registration_per_person_and_workshop"),
            models.CheckConstraint(condition=Q(accepted_at__isnull=True) | Q(declined_at__isnull=True), name="an_invitation_is_accepted_or_declined"),
        ]

    def __str__(self) -> str:
        return f"{self.learner} for {self.workshop}"

    @property
    def is_unanswered(self) -> bool:
        """A colleague registered this person, who has neither come nor declined."""
        return self.invited_at is not None and self.accepted_at is None and self.declined_at is None


class Answer(TimeStampedModel):
    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    value = models.TextField(blank=True, help_text="As typed or chosen; “yes” or “no”.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["registration", "question"], name="one_answer_per_question")]

    def __str__(self) -> str:
        return self.value


class Statement(TimeStampedModel):
    """What a person says they have instead of what is required, and what staff made of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("To be read")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Not enough")

    registration = models.ForeignKey(Registration, on_delete=models.CASCADE, related_name="statements")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="statements")
    text = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "requirement"], name="one_statement_per_requirement"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(reviewed_at__isnull=False, reviewed_by__isnull=False), name="a_decided_statement_says_who_and_when"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class WaiverAcceptance(models.Model):
    """That a person accepted one version, under the name they typed. A trigger lets it go seven years later, and not before."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="acceptances")
    version = models.ForeignKey(WaiverVersion, on_delete=models.PROTECT, related_name="acceptances")
    name = models.CharField(max_length=160)
    accepted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["registration", "version"], name="a_version_is_accepted_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"


class Booking(TimeStampedModel):
    """Who shall come, while somebody still fills in the pages: kept, so that the back button and a broken payment lose nothing."""

    workshop = models.ForeignKey("workshops.Workshop", on_delete=models.PROTECT, related_name="bookings")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookings")
    is_coming = models.BooleanField(default=True, help_text="Whether the buyer wants a seat too.")
    colleagues = models.JSONField(default=list, blank=True, help_text="Of each: email, name, place.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["workshop", "buyer"], name="one_booking_per_buyer_and_workshop")]

    def __str__(self) -> str:
        return f"{self.buyer} for {self.workshop}"

    @property
    def guests(self) -> list[dict[str, Any]]:
        return list(self.colleagues)
