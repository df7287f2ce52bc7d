from django.urls import path

from workshops.booking import api

urlpatterns = [
    path("seats/<int:pk>/ticket/", api.TicketView.as_view(), name="seat-ticket"),
    path("statements/", api.StatementListView.as_view(), name="statement-list"),
    path("statements/<int:pk>/", api.StatementReviewView.as_view(), name="statement-review"),
    path("waivers/", api.WaiversView.as_view(), name="waiver-write"),
    path("<slug:slug>/registration/", api.RegistrationView.as_view(), name="workshop-registration"),
    path("<slug:slug>/register/", api.RegisterView.as_view(), name="workshop-register"),
    path("<slug:slug>/order/", api.OrderSeatsView.as_view(), name="workshop-order"),
    path("<slug:slug>/decline/", api.DeclineView.as_view(), name="workshop-decline"),
    path("<slug:slug>/answers/", api.AnswersView.as_view(), name="workshop-answers"),
    path("<slug:slug>/questions/", api.QuestionsView.as_view(), name="workshop-questions"),
    path("<slug:slug>/questions/<int:pk>/", api.QuestionView.as_view(), name="workshop-question"),
    path("<slug:slug>/requirements/", api.RequirementsView.as_view(), name="workshop-requirements"),
    path("<slug:slug>/requirements/<int:pk>/", api.RequirementView.as_view(), name="workshop-requirement"),
    path("<slug:slug>/waiver/", api.WaiverChoiceView.as_view(), name="workshop-waiver"),
]
