from django.urls import path

from credits.closed_cycles import desk

urlpatterns = [
    path("", desk.closed_cycle_list, name="closed_cycle_list"),
    path("<int:pk>/", desk.closed_cycle_detail, name="closed_cycle_detail"),
]
