from django.urls import path

from workshops import desk_views as views

app_name = "workshops_desk"

urlpatterns = [
    path("", views.workshop_list, name="workshop_list"),
    path("new/", views.workshop_create, name="workshop_create"),
    path("venues/", views.venue_list, name="venue_list"),
    path("venues/new/", views.venue_edit, name="venue_create"),
    path("venues/<int:pk>/", views.venue_edit, name="venue_edit"),
    path("<int:pk>/", views.workshop_roster, name="workshop_roster"),
    path("<int:pk>/edit/", views.workshop_edit, name="workshop_edit"),
    path("<int:pk>/publish/", views.workshop_publish, name="workshop_publish"),
    path("<int:pk>/cancel/", views.workshop_cancel, name="workshop_cancel"),
    path("<int:pk>/complete/", views.workshop_complete, name="workshop_complete"),
    path("<int:pk>/seats/", views.seat_add, name="seat_add"),
    path("<int:pk>/seats/<int:seat>/remove/", views.seat_remove, name="seat_remove"),
    path("<int:pk>/blocks/<int:block>/everyone/", views.attendance_mark_all, name="attendance_mark_all"),
    path("<int:pk>/seats/<int:seat>/blocks/<int:block>/mark/", views.attendance_mark, name="attendance_mark"),
    path("<int:pk>/seats/<int:seat>/blocks/<int:block>/", views.attendance_edit, name="attendance_edit"),
    path("<int:pk>/attendance/<int:entry>/annul/", views.attendance_annul, name="attendance_annul"),
]
