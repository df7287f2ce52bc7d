from django.urls import path

from credits.external import views

urlpatterns = [
    path("", views.external_list, name="external_list"),
    path("add/", views.external_add, name="external_add"),
    path("<int:pk>/", views.external_detail, name="external_detail"),
    path("<int:pk>/correct/", views.external_correct, name="external_correct"),
    path("<int:pk>/withdraw/", views.external_withdraw, name="external_withdraw"),
    path("proofs/<int:pk>/", views.external_proof, name="external_proof"),
]
