from django.urls import path

from credits.petitions import views

urlpatterns = [
    path("", views.petition_list, name="petition_list"),
    path("for/<int:pk>/", views.petition_add, name="petition_add"),
    path("<int:pk>/", views.petition_detail, name="petition_detail"),
    path("<int:pk>/again/", views.petition_again, name="petition_again"),
    path("<int:pk>/file/", views.petition_download, name="petition_download"),
]
