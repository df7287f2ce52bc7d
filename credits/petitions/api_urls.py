from django.urls import path

from credits.petitions import api

urlpatterns = [
    path("petitions/", api.PetitionListView.as_view(), name="petition-list"),
    path("petitions/request/", api.RequestPetitionView.as_view(), name="petition-request"),
    path("petitions/<int:pk>/", api.PetitionView.as_view(), name="petition-detail"),
    path("petitions/<int:pk>/file/", api.PetitionFileView.as_view(), name="petition-file"),
    path("completions/<int:pk>/petitions/", api.CandidatesView.as_view(), name="completion-petitions"),
]
