from django.conf import settings
from django.http import HttpRequest


def school(request: HttpRequest) -> dict[str, str]:
    return {"school_name": settings.SCHOOL_NAME, "school_email": settings.SCHOOL_EMAIL, "site_url": settings.SITE_URL}
