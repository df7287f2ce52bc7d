from django.urls import path

from courses.views.desk import courses, credit, outline, questions, roster, versions

app_name = "courses_desk"

urlpatterns = [
    path("", courses.course_list, name="course_list"),
    path("new/", courses.course_create, name="course_create"),
    path("<int:pk>/", courses.course_detail, name="course_detail"),
    path("<int:pk>/draft/", courses.draft_create, name="draft_create"),
    path("<int:pk>/roster/", roster.roster, name="roster"),
    path("attempts/<int:pk>/", roster.attempt_detail, name="attempt_detail"),
    path("attempts/<int:pk>/allow-exam/", roster.allow_exam, name="allow_exam"),
    path("versions/<int:pk>/details/", versions.details, name="version_details"),
    path("versions/<int:pk>/publish/", versions.publish, name="version_publish"),
    path("versions/<int:pk>/discard/", versions.discard, name="version_discard"),
    path("versions/<int:pk>/preview/", versions.preview, name="version_preview"),
    path("versions/<int:pk>/answers/", versions.answers, name="version_answers"),
    path("versions/<int:pk>/credit/", credit.panel, name="version_credit"),
    path("versions/<int:pk>/credit/new/", credit.activity_create, name="activity_create"),
    path("versions/<int:pk>/outline/", outline.outline, name="version_outline"),
    path("versions/<int:pk>/lessons/new/", outline.lesson_create, name="lesson_create"),
    path("sections/<int:pk>/", outline.section_edit, name="section_edit"),
    path("sections/<int:pk>/move/", outline.section_move, name="section_move"),
    path("sections/<int:pk>/delete/", outline.section_delete, name="section_delete"),
    path("lessons/<int:pk>/", outline.lesson_edit, name="lesson_edit"),
    path("lessons/<int:pk>/move/", outline.lesson_move, name="lesson_move"),
    path("lessons/<int:pk>/delete/", outline.lesson_delete, name="lesson_delete"),
    path("lessons/<int:pk>/watch/", versions.watch, name="lesson_watch"),
    path("versions/<int:pk>/exam/", questions.exam, name="version_exam"),
    path("versions/<int:pk>/questions/new/", questions.question_create, name="question_create"),
    path("questions/<int:pk>/", questions.question_edit, name="question_edit"),
    path("questions/<int:pk>/move/", questions.question_move, name="question_move"),
    path("questions/<int:pk>/delete/", questions.question_delete, name="question_delete"),
    path("versions/<int:pk>/evaluation/", questions.evaluation, name="version_evaluation"),
    path("versions/<int:pk>/evaluation/standard/", questions.evaluation_standard, name="evaluation_standard"),
    path("evaluation-questions/<int:pk>/", questions.evaluation_edit, name="evaluation_edit"),
    path("evaluation-questions/<int:pk>/move/", questions.evaluation_move, name="evaluation_move"),
    path("evaluation-questions/<int:pk>/delete/", questions.evaluation_delete, name="evaluation_delete"),
]
