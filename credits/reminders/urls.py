from django.urls import path

from credits.reminders import views

urlpatterns = [
    path("", views.reminder_list, name="reminder_list"),
    path("all/", views.reminder_switch, name="reminder_switch"),
    path("<int:pk>/", views.reminder_licence, name="reminder_licence"),
    path("stop/<str:token>/", views.reminder_stop, name="reminder_stop"),
]
