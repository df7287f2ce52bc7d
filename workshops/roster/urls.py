from django.urls import path

from workshops.roster import views

urlpatterns = [path("<slug:slug>/attendance/", views.attendance, name="attendance")]
