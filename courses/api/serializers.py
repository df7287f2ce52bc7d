"""Courses and attempts as JSON. Nothing here saves; services do."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from courses.models import Course, EvaluationQuestion, ExamAttempt
from courses.selectors import AttemptProgress
from courses.services import affirmation_wording, places_to_rewatch
from credits.api.prospects import ProspectSerializer


class HoursSerializer(serializers.Serializer):
    board = serializers.CharField()
    board_code = serializers.CharField()
    units = serializers.DecimalField(max_digits=7, decimal_places=2)
    unit = serializers.CharField()
    approved_title = serializers.CharField()
    mode = serializers.CharField()


class CourseSerializer(serializers.ModelSerializer):
    title = serializers.CharField(source="current_version.title")
    summary = serializers.CharField(source="current_version.summary")
    topic = serializers.CharField(source="current_version.topic")
    version = serializers.IntegerField(source="current_version.number")
    instructor = serializers.CharField(source="current_version.instructor_name")
    lesson_count = serializers.IntegerField()
    video_ms = serializers.IntegerField()
    hours = HoursSerializer(many=True)
    prospects = ProspectSerializer(many=True, help_text="For each licence of the caller's.")

    class Meta:
        model = Course
        fields = ["slug", "title", "summary", "topic", "version", "instructor", "is_free", "lesson_count", "video_ms", "hours", "prospects"]


class OutlineLessonSerializer(serializers.Serializer):
    title = serializers.CharField()
    duration_ms = serializers.IntegerField(source="asset.duration_ms", allow_null=True)
    is_preview = serializers.BooleanField()


class OutlineSectionSerializer(serializers.Serializer):
    title = serializers.CharField()
    lessons = OutlineLessonSerializer(many=True, source="lessons.all")


class CourseDetailSerializer(CourseSerializer):
    description = serializers.CharField(source="current_version.description")
    objectives = serializers.ListField(child=serializers.CharField(), source="current_version.objective_list")
    policies = serializers.CharField(source="current_version.policies")
    outline = OutlineSectionSerializer(many=True)

    class Meta(CourseSerializer.Meta):
        fields = [*CourseSerializer.Meta.fields, "description", "objectives", "policies", "outline"]


class TraceSerializer(serializers.Serializer):
    """One requirement and why it is met or not; `children` are of the same form."""

    code = serializers.CharField()
    met = serializers.BooleanField()
    title = serializers.CharField()
    why = serializers.CharField()
    todo = serializers.CharField(allow_blank=True)
    children = serializers.ListField(child=serializers.DictField())


class NextStepSerializer(serializers.Serializer):
    title = serializers.CharField()
    url = serializers.CharField()


class EvaluationQuestionSerializer(serializers.ModelSerializer):
    class Meta:
        model = EvaluationQuestion
        fields = ["id", "text", "kind", "is_required"]


class AttemptSerializer(serializers.Serializer):
    """An attempt with its progress; made from `AttemptProgress`."""

    id = serializers.IntegerField(source="attempt.pk")
    course = serializers.CharField(source="attempt.course.slug")
    title = serializers.CharField(source="attempt.version.title")
    version = serializers.IntegerField(source="attempt.version.number")
    number = serializers.IntegerField(source="attempt.number")
    state = serializers.CharField(source="attempt.state")
    percent = serializers.IntegerField()
    completed_on = serializers.DateField(source="completion.completed_on", allow_null=True, default=None)
    next_step = NextStepSerializer(allow_null=True)
    trace = serializers.SerializerMethodField()

    def get_trace(self, progress: AttemptProgress) -> TraceSerializer:
        """The trace as judged at completion, or as it stands now."""
        trace: Any = progress.completion.trace if progress.completion else progress.trace.to_json()
        return trace


class AttemptDetailSerializer(AttemptSerializer):
    affirmation_wording = serializers.SerializerMethodField()
    evaluation_questions = EvaluationQuestionSerializer(many=True, source="attempt.version.evaluation_questions.all")

    def get_affirmation_wording(self, progress: AttemptProgress) -> str:
        return affirmation_wording(progress.attempt)


class AffirmationSerializer(serializers.Serializer):
    wording = serializers.CharField()
    affirmed_at = serializers.DateTimeField()


class ShownChoiceSerializer(serializers.Serializer):
    choice = serializers.IntegerField()
    text = serializers.CharField()


class ShownQuestionSerializer(serializers.Serializer):
    question = serializers.IntegerField()
    text = serializers.CharField()
    choices = ShownChoiceSerializer(many=True)


class PlaceSerializer(serializers.Serializer):
    lesson = serializers.IntegerField()
    title = serializers.CharField()
    at_ms = serializers.IntegerField()


class ExamSerializer(serializers.ModelSerializer):
    """An exam as shown. Which choice is right is never told; after a fail, where to watch again is."""

    questions = ShownQuestionSerializer(many=True)
    rewatch = serializers.SerializerMethodField()

    class Meta:
        model = ExamAttempt
        fields = ["number", "pass_mark", "started_at", "submitted_at", "score", "passed", "questions", "rewatch"]

    def get_rewatch(self, exam: ExamAttempt) -> PlaceSerializer(many=True):  # type: ignore[valid-type]
        places: Any = places_to_rewatch(exam) if exam.is_submitted and not exam.passed else []
        return places


class AnswerInputSerializer(serializers.Serializer):
    question = serializers.IntegerField()
    choice = serializers.IntegerField()


class ExamInputSerializer(serializers.Serializer):
    answers = AnswerInputSerializer(many=True)


class EvaluationAnswerInputSerializer(serializers.Serializer):
    question = serializers.IntegerField()
    answer = serializers.CharField(allow_blank=True, max_length=4000, help_text="1 to 5, yes or no, or words.")


class EvaluationInputSerializer(serializers.Serializer):
    answers = EvaluationAnswerInputSerializer(many=True)
