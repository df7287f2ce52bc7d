from django.urls import path

from workshops.cancelling import views

urlpatterns = [path("<slug:slug>/choose/", views.call_off_choose, name="call_off_choose")]
