from django.urls import path

from core import views

app_name = "core_desk"

urlpatterns = [
    path("", views.job_list, name="job_list"),
    path("<int:pk>/retry/", views.job_retry, name="job_retry"),
]
