from django.urls import path

from courses.views import catalogue, exams, learning, moments

app_name = "courses"

urlpatterns = [
    path("", catalogue.course_list, name="course_list"),
    path("attempts/", learning.attempt_list, name="attempt_list"),
    path("attempts/<int:pk>/", learning.attempt_detail, name="attempt_detail"),
    path("attempts/<int:pk>/lessons/<int:lesson_pk>/", learning.lesson_detail, name="lesson_detail"),
    path("attempts/<int:pk>/affirm/", exams.affirm, name="affirm"),
    path("attempts/<int:pk>/exam/", exams.exam, name="exam"),
    path("attempts/<int:pk>/exam/<int:number>/", exams.exam_attempt, name="exam_attempt"),
    path("attempts/<int:pk>/evaluation/", exams.evaluation, name="evaluation"),
    path("attempts/<int:pk>/completion/", learning.completion, name="completion"),
    path("moments/", moments.moment_list, name="moment_list"),
    path("<slug:slug>/", catalogue.course_detail, name="course_detail"),
    path("<slug:slug>/enroll/", catalogue.enroll, name="enroll"),
    path("<slug:slug>/again/", catalogue.start_again, name="start_again"),
    path("<slug:slug>/preview/<int:lesson_pk>/", catalogue.preview, name="preview"),
]
