"""A course and its versions. A published version never changes (decision 0008; triggers of migration 0002)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.models import Role, User
from core.models import TimeStampedModel


class Topic(models.TextChoices):
    """The part of the body, or the subject, a course is about."""

    NECK = "neck", "Neck"
    JAW = "jaw", "Jaw"
    SHOULDER = "shoulder", "Shoulder"
    ARM = "arm", "Arm and hand"
    BACK = "back", "Back"
    HIP = "hip", "Hip and glutes"
    KNEE = "knee", "Knee"
    FOOT = "foot", "Ankle and foot"
    SCAR = "scar", "Scar tissue"
    STRETCH = "stretch", "Stretch and exercise"
    WHOLE_BODY = "whole-body", "Whole body"
    PRACTICE = "practice", "Ethics and practice"


class CourseQuerySet(models.QuerySet["Course"]):
    def listed(self) -> CourseQuerySet:
        """What the catalogue shows."""
        return self.filter(visibility=Course.Visibility.LISTED, current_version__isnull=False)

    def visible_to(self, user: User | AnonymousUser) -> CourseQuerySet:
        """Published courses that are not hidden, those the person takes or took, and those they work on."""
        from courses.models.attempts import Attempt

        public = Q(visibility__in=[Course.Visibility.LISTED, Course.Visibility.UNLISTED])
        published = self.filter(current_version__isnull=False)
        if isinstance(user, AnonymousUser):
            return published.filter(public)
        if user.has_role(Role.STAFF, Role.CE_OFFICER):
            return published
        taken = Exists(Attempt.objects.filter(course=OuterRef("pk"), learner=user))
        mine = Q(instructor=user) if user.has_role(Role.INSTRUCTOR) else Q()
        return published.filter(public | taken | mine) if mine else published.filter(public | taken)

    def editable_by(self, user: User) -> CourseQuerySet:
        """Staff write every course, instructors their own."""
        if user.has_role(Role.STAFF):
            return self.all()
        if user.has_role(Role.INSTRUCTOR):
            return self.filter(instructor=user)
        return self.none()

    def readable_at_desk_by(self, user: User) -> CourseQuerySet:
        """Those a person may write, and for CE officers all: they attach accreditations and read rosters."""
        return self.all() if user.has_role(Role.CE_OFFICER) else self.editable_by(user)


class Course(TimeStampedModel):
    class Visibility(models.TextChoices):
        LISTED = "listed", "Listed in the catalogue"
        UNLISTED = "unlisted", "Only for people who have the address"
        HIDDEN = "hidden", "Hidden"

    slug = models.SlugField(max_length=80, unique=True)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.LISTED)
    is_free = models.BooleanField(default=False, help_text="Anyone signed in may enrol. Otherwise people need access to the course.")
    in_library = models.BooleanField(default=True, help_text="Members of the library may watch it without buying it.")
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="taught_courses")
    current_version = models.OneToOneField("courses.CourseVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = CourseQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def get_absolute_url(self) -> str:
        return reverse("courses:course_detail", args=[self.slug])

    @property
    def subject(self) -> str:
        """The name payments knows this course by."""
        return f"course:{self.pk}"


class CourseVersion(TimeStampedModel):
    """The course as one group of learners took it. Drafts are written; published versions are read."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=300, blank=True, help_text="One or two sentences for the catalogue.")
    description = models.TextField(blank=True)
    objectives = models.TextField(blank=True, help_text="What a learner can do afterwards, one objective a line.")
    prerequisites = models.TextField(blank=True)
    topic = models.CharField(max_length=20, choices=Topic, blank=True)
    instructor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    instructor_name = models.CharField(max_length=120, blank=True)
    instructor_credentials = models.CharField(max_length=200, blank=True)
    instructor_bio = models.TextField(blank=True)
    policies = models.TextField(blank=True, help_text="Registration, cancellation, refunds and complaints, in words a learner can rely on.")
    activity = models.ForeignKey("credits.Activity", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    questions_asked = models.PositiveSmallIntegerField(default=10, validators=[MinValueValidator(1), MaxValueValidator(100)])
    pass_mark = models.PositiveSmallIntegerField(default=70, validators=[MinValueValidator(1), MaxValueValidator(100)], help_text="Percent.")
    max_exam_attempts = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)], help_text="Leave empty for no limit.")
    exam_wait_minutes = models.PositiveIntegerField(default=0, help_text="Between a failed exam and the next.")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["course", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="one_version_per_number"),
            models.UniqueConstraint(fields=["course"], condition=Q(state="draft"), name="one_draft_per_course"),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False) | Q(state="draft", published_at__isnull=True),
                name="a_published_version_has_its_time",
            ),
            models.CheckConstraint(condition=Q(pass_mark__gte=1, pass_mark__lte=100), name="pass_mark_is_a_percentage"),
            models.CheckConstraint(condition=Q(questions_asked__gte=1), name="an_exam_asks_something"),
        ]

    def __str__(self) -> str:
        return f"{self.title} (version {self.number})"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def objective_list(self) -> list[str]:
        return [line.strip(" -•\t") for line in self.objectives.splitlines() if line.strip()]
