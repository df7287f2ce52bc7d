from django.urls import path

from workshops.near.api import PlacesView

urlpatterns = [path("places/", PlacesView.as_view(), name="places")]
