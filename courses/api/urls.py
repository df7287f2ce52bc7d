from django.urls import path

from courses.api import views

app_name = "courses_api"

urlpatterns = [
    path("", views.CourseViewSet.as_view({"get": "list"}), name="course-list"),
    path("attempts/", views.AttemptViewSet.as_view({"get": "list"}), name="attempt-list"),
    path("attempts/<int:pk>/", views.AttemptViewSet.as_view({"get": "retrieve"}), name="attempt-detail"),
    path("attempts/<int:pk>/affirm/", views.AffirmView.as_view(), name="affirm"),
    path("attempts/<int:pk>/exams/", views.ExamStartView.as_view(), name="exam_start"),
    path("attempts/<int:pk>/exams/<int:number>/submit/", views.ExamSubmitView.as_view(), name="exam_submit"),
    path("attempts/<int:pk>/evaluation/", views.EvaluationView.as_view(), name="evaluation"),
    path("<slug:slug>/", views.CourseViewSet.as_view({"get": "retrieve"}), name="course-detail"),
    path("<slug:slug>/enroll/", views.EnrollView.as_view(), name="enroll"),
    path("<slug:slug>/again/", views.StartAgainView.as_view(), name="start_again"),
]
