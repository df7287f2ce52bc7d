from django.urls import include, path

urlpatterns = [
    path("streaming/", include("streaming.api.urls")),
    path("accounts/", include("accounts.api.urls")),
    path("courses/", include("courses.api.urls")),
    path("credits/", include("credits.api.urls")),
    path("workshops/", include("workshops.api.urls")),
    path("planner/", include("planner.api.urls")),
    path("payments/", include("payments.api.urls")),
]
