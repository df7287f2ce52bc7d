from django.urls import include, path

from workshops import desk_views as views

app_name = "workshops_desk"

urlpatterns = [
    path("", views.workshop_list, name="workshop_list"),
    path("new/", views.workshop_create, name="workshop_create"),
    path("venues/", views.venue_list, name="venue_list"),
    path("venues/new/", views.venue_edit, name="venue_create"),
    path("venues/<int:pk>/", views.venue_edit, name="venue_edit"),
    path("<int:pk>/", include("workshops.roster.desk_urls")),
    path("<int:pk>/edit/", views.workshop_edit, name="workshop_edit"),
    path("<int:pk>/publish/", views.workshop_publish, name="workshop_publish"),
    path("<int:pk>/cancel/", views.workshop_cancel, name="workshop_cancel"),
]
