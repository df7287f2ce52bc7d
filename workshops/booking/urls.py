from django.urls import path

from workshops.booking import invitation_views, views

urlpatterns = [
    path("tickets/<str:code>/", views.ticket_detail, name="ticket_detail"),
    path("tickets/<str:code>/ticket.pdf", views.ticket_pdf, name="ticket_pdf"),
    path("invitations/<str:token>/", invitation_views.invitation_detail, name="invitation_detail"),
    path("invitations/<str:token>/decline/", invitation_views.invitation_decline, name="invitation_decline"),
    path("<slug:slug>/register/", views.workshop_register, name="workshop_register"),
    path("<slug:slug>/register/check/", views.registration_check, name="registration_check"),
    path("<slug:slug>/details/", views.registration_details, name="registration_details"),
]
