from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

urlpatterns = [
    # First, because every open player asks for it every ten seconds and addresses are tried in order.
    path("api/v1/", include("smrt_platform.api_urls")),
    path("", include("portal.urls")),
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("courses/", include("courses.urls")),
    path("watch/", include("streaming.urls")),
    path("credits/", include("credits.urls")),
    path("workshops/", include("workshops.urls")),
    path("planner/", include("planner.urls")),
    path("payments/", include("payments.urls")),
    path("c/", include("credits.verify_urls")),
    path("t/", include("credits.transcripts.public_urls")),
    path("v/", include("streaming.delivery_urls")),
    path("desk/", include("portal.desk_urls")),
    path("desk/courses/", include("courses.desk_urls")),
    path("desk/video/", include("streaming.desk_urls")),
    path("desk/credits/", include("credits.desk_urls")),
    path("desk/workshops/", include("workshops.desk_urls")),
    path("desk/access/", include("payments.desk_urls")),
    path("desk/sales/", include("payments.sales_urls")),
    path("desk/mail/", include("notifications.desk_urls")),
    path("desk/people/", include("accounts.desk_urls")),
    path("desk/jobs/", include("core.desk_urls")),
    path("health/", include("core.health_urls")),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", login_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="core/api_docs.html")), name="api-docs"),
]
