from django.urls import path

from credits.worklist import desk

urlpatterns = [
    path("", desk.task_list, name="task_list"),
    path("<int:pk>/settle/", desk.task_settle, name="task_settle"),
]
