from django.urls import path

from workshops.booking import desk

urlpatterns = [
    path("waivers/", desk.waiver_list, name="waiver_list"),
    path("waivers/new/", desk.waiver_create, name="waiver_create"),
    path("waivers/<int:pk>/", desk.waiver_detail, name="waiver_detail"),
    path("statements/", desk.statement_list, name="statement_list"),
    path("statements/<int:statement>/", desk.statement_review, name="statement_review"),
    path("<int:pk>/asks/", desk.asks, name="asks"),
    path("<int:pk>/asks/questions/<int:question>/", desk.question_edit, name="question_edit"),
    path("<int:pk>/asks/questions/<int:question>/withdraw/", desk.question_withdraw, name="question_withdraw"),
    path("<int:pk>/asks/requirements/<int:requirement>/withdraw/", desk.requirement_withdraw, name="requirement_withdraw"),
    path("<int:pk>/answers/", desk.answers, name="answers"),
    path("<int:pk>/answers.csv", desk.answers_file, name="answers_file"),
]
