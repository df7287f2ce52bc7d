"""The page of a refusal that no view caught."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse

from core.errors import DomainError
from core.middleware import DomainErrorMiddleware


@pytest.mark.parametrize(
    ("came_from", "leads_back"),
    [("http://testserver/courses/", True), ("https://evil.example/prize", False), ("http://testserver.evil.example/", False), ("", False)],
)
def test_the_way_back_leads_to_pages_of_ours_only(rf, came_from, leads_back):
    request = rf.get("/", headers={"Referer": came_from})
    request.user = AnonymousUser()

    page = DomainErrorMiddleware(lambda _request: HttpResponse()).process_exception(request, DomainError("Not now."))

    assert page.status_code == 409
    assert ("Go back" in page.content.decode()) == leads_back
    assert "evil.example" not in page.content.decode()
