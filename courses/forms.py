"""Forms of the catalogue and of the desk. They judge the shape of input; services decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Role, User
from courses.completion import clock_time
from courses.models import Course, CourseVersion, EvaluationQuestion, Lesson, Section, Topic
from courses.services.versions import DETAIL_FIELDS
from credits.models import Activity, Board
from streaming.models import VideoAsset

CHOICES_PER_QUESTION = 6


class CatalogueForm(forms.Form):
    """Everything is optional and what can not be read is ignored: a catalogue never refuses."""

    words = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    board = forms.ChoiceField(label=gettext_lazy("Approved by"), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False, choices=[("", gettext_lazy("Any topic")), *Topic.choices])
    hours = forms.TypedChoiceField(
        label=gettext_lazy("Credit"),
        required=False,
        coerce=Decimal,
        empty_value=None,
        choices=[("", gettext_lazy("Any amount")), ("1", gettext_lazy("1 or more")), ("3", gettext_lazy("3 or more")), ("6", gettext_lazy("6 or more"))],
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        boards = Board.objects.filter(accreditations__isnull=False).distinct().order_by("name").values_list("code", "name")
        self.fields["board"].choices = [("", _("Any board")), *boards]  # type: ignore[attr-defined]  # a choice field

    def filters(self) -> dict[str, Any]:
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters())


class CourseCreateForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, help_text=gettext_lazy("Exactly as the boards approved it, if they have."))
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("The end of the course's address. Leave it empty to take it from the title."),
    )


class CourseSettingsForm(forms.ModelForm):
    class Meta:
        model = Course
        fields = ["visibility", "is_free", "in_library", "instructor"]
        labels = {"is_free": gettext_lazy("Free of charge"), "in_library": gettext_lazy("In the library")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["instructor"].queryset = User.objects.filter(role_assignments__role=Role.INSTRUCTOR, is_active=True).order_by("email")  # type: ignore[attr-defined]
        self.fields["is_free"].help_text = _("If not, people buy it: make a product that opens this course, with a price, and put it on sale.")
        self.fields["instructor"].help_text = _("May write this course and read its roster.")


class VersionDetailsForm(forms.ModelForm):
    class Meta:
        model = CourseVersion
        fields = [name for name in DETAIL_FIELDS if name not in {"questions_asked", "pass_mark", "max_exam_attempts", "exam_wait_minutes"}]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 2}),
            "description": forms.Textarea(attrs={"rows": 6}),
            "objectives": forms.Textarea(attrs={"rows": 5}),
            "prerequisites": forms.Textarea(attrs={"rows": 2}),
            "instructor_bio": forms.Textarea(attrs={"rows": 4}),
            "policies": forms.Textarea(attrs={"rows": 6}),
        }


class ExamSettingsForm(forms.ModelForm):
    class Meta:
        model = CourseVersion
        fields = ["questions_asked", "pass_mark", "max_exam_attempts", "exam_wait_minutes"]
        labels = {
            "questions_asked": gettext_lazy("Questions asked"),
            "pass_mark": gettext_lazy("Pass mark"),
            "max_exam_attempts": gettext_lazy("Attempts allowed"),
            "exam_wait_minutes": gettext_lazy("Minutes to wait after a fail"),
        }


class SectionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title of the section"), max_length=200)


class LessonForm(forms.Form):
    section = forms.ModelChoiceField(label=gettext_lazy("Section"), queryset=Section.objects.none(), empty_label=None)
    asset = forms.ModelChoiceField(
        label=gettext_lazy("Video"),
        queryset=VideoAsset.objects.none(),
        help_text=gettext_lazy("Videos that are still being processed may be chosen; the course is published when they are ready."),
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, required=False, help_text=gettext_lazy("Leave it empty to take the video's."))
    is_preview = forms.BooleanField(label=gettext_lazy("People may watch it before they enrol, once signed in"), required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 6}), help_text=gettext_lazy("Shown below the video.")
    )

    def __init__(self, *args: Any, version: CourseVersion, user: User, lesson: Lesson | None = None, **kwargs: Any):
        if lesson is not None:
            kwargs.setdefault(
                "initial",
                {"section": lesson.section_id, "asset": lesson.asset_id, "title": lesson.title, "is_preview": lesson.is_preview, "notes": lesson.notes},
            )
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = version.sections.order_by("position")  # type: ignore[attr-defined]  # a choice field
        usable = VideoAsset.objects.visible_to(user).filter(
            replaced_by=None, state__in=[VideoAsset.State.QUEUED, VideoAsset.State.PROCESSING, VideoAsset.State.READY]
        )
        if lesson is not None:
            usable = usable | VideoAsset.objects.filter(pk=lesson.asset_id)
        self.fields["asset"].queryset = usable.order_by("-created_at")  # type: ignore[attr-defined]  # a choice field
        self.fields["asset"].label_from_instance = _asset_label  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("asset") and not values.get("title"):
            values["title"] = values["asset"].title
        return values


def _asset_label(asset: VideoAsset) -> str:
    length = clock_time(asset.duration_ms) if asset.duration_ms else asset.get_state_display()
    return f"{asset.title} ({length})"


class RewatchField(forms.Field):
    """A place in a video as people write it, 12:40 or 1:02:05; milliseconds inside."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        parts = text.split(":")
        if len(parts) > 3 or not all(part.isdecimal() for part in parts) or any(int(part) > 59 for part in parts[1:]):
            raise ValidationError(_("Write the place as minutes and seconds, such as 12:40."))
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        if len(parts) == 1:
            raise ValidationError(_("Write the place as minutes and seconds, such as 12:40."))
        return seconds * 1000

    def prepare_value(self, value: Any) -> Any:
        return clock_time(value) if isinstance(value, int) else value


class QuestionForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Question"), widget=forms.Textarea(attrs={"rows": 2}))
    right = forms.TypedChoiceField(
        label=gettext_lazy("Right answer"),
        coerce=int,
        choices=[(n, str(n)) for n in range(1, CHOICES_PER_QUESTION + 1)],
        error_messages={"required": gettext_lazy("Mark the right answer.")},
    )
    explanation = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Shown to people who have passed."),
    )
    lesson = forms.ModelChoiceField(
        label=gettext_lazy("Lesson to watch again"),
        queryset=Lesson.objects.none(),
        required=False,
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("Named to people who missed the question."),
    )
    rewatch_at = RewatchField(label=gettext_lazy("From"), required=False, widget=forms.TextInput(attrs={"placeholder": "12:40", "maxlength": 8}))

    def __init__(self, *args: Any, version: CourseVersion, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["lesson"].queryset = version.lessons.order_by("section__position", "position")  # type: ignore[attr-defined]  # a choice field
        for place in range(1, CHOICES_PER_QUESTION + 1):
            self.fields[f"choice_{place}"] = forms.CharField(label=_("Answer %(place)d") % {"place": place}, required=False, max_length=500)

    @property
    def choice_rows(self) -> list[dict[str, Any]]:
        """For the page: each answer's field with whether it is marked right."""
        marked = str(self["right"].value() or "")
        return [{"place": n, "field": self[f"choice_{n}"], "is_right": marked == str(n)} for n in range(1, CHOICES_PER_QUESTION + 1)]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        filled = [(n, values[f"choice_{n}"]) for n in range(1, CHOICES_PER_QUESTION + 1) if values.get(f"choice_{n}")]
        if len(filled) < 2:
            self.add_error(None, _("Write at least two answers."))
        right = values.get("right")
        if right is not None and right not in dict(filled):
            self.add_error("right", _("The answer marked as right is empty."))
        values["choices"] = [text for _n, text in filled]
        values["right_index"] = next((index for index, (n, _text) in enumerate(filled) if n == right), -1)
        return values


class EvaluationQuestionForm(forms.ModelForm):
    class Meta:
        model = EvaluationQuestion
        fields = ["text", "kind", "is_required"]
        labels = {"text": gettext_lazy("Question or statement"), "kind": gettext_lazy("Answered by"), "is_required": gettext_lazy("Must be answered")}


class ActivityChoiceForm(forms.Form):
    activity = forms.ModelChoiceField(label=gettext_lazy("Activity"), queryset=Activity.objects.none())

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["activity"].queryset = Activity.objects.filter(kind=Activity.Kind.HOME_STUDY).order_by("title", "pk")  # type: ignore[attr-defined]


class NewActivityForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, help_text=gettext_lazy("Exactly as it is or will be approved."))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes of study"),
        min_value=1,
        max_value=6000,
        help_text=gettext_lazy("Video, reading and exam together, as filed with the boards."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
