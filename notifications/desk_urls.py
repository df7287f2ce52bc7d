from django.urls import path

from notifications import views

app_name = "notifications_desk"

urlpatterns = [
    path("", views.message_list, name="message_list"),
    path("<int:pk>/", views.message_detail, name="message_detail"),
    path("<int:pk>/again/", views.message_send_again, name="message_send_again"),
]
