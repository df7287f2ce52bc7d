from django.urls import path

from credits.external import desk

urlpatterns = [
    path("", desk.external_list, name="external_list"),
    path("<int:pk>/", desk.external_review, name="external_review"),
    path("proofs/<int:pk>/", desk.external_proof, name="external_proof"),
]
