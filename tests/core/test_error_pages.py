import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path

from core.errors import DomainError
from smrt_platform.urls import urlpatterns as site_urls


def fail(request):
    raise RuntimeError("a bug")


def deny(request):
    raise PermissionDenied


def refuse(request):
    raise DomainError("All seats are taken. Look for another date.", code="full")


for view in (fail, deny, refuse):
    view.login_required = False

urlpatterns = [*site_urls, path("fail/", fail), path("deny/", deny), path("refuse/", refuse)]


@pytest.fixture
def visitor(db, settings):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/fail/", 500, "Something went wrong on our side"),
        ("/deny/", 403, "This page is not open to you"),
        ("/refuse/", 409, "All seats are taken. Look for another date."),
        ("/nowhere/at/all/", 404, "There is no page here"),
    ],
)
def test_an_error_has_a_page_that_says_what_to_do(visitor, address, status, words):
    response = visitor.get(address)

    assert response.status_code == status
    assert words in response.content.decode()


def test_a_form_without_its_token_is_asked_for_again(visitor):
    response = visitor.post("/account/login/", {"login": "ada@example.org"})

    assert response.status_code == 403
    assert "Please send the form again" in response.content.decode()


def test_the_page_of_a_bug_needs_nothing_that_may_be_broken():
    assert "Go to the home page" in render_to_string("500.html")


def test_a_trace_says_in_words_what_is_met_and_what_to_do():
    leaf = {"code": "exam", "met": False, "title": "Pass the exam", "why": "The exam is not taken yet.", "todo": "Take the exam.", "children": []}
    met = {**leaf, "code": "watch", "met": True, "title": "Watch every lesson", "why": "", "todo": ""}

    page = render_to_string("core/_trace.html", {"trace": {"code": "all", "met": False, "title": "Complete", "why": "", "todo": "", "children": [met, leaf]}})

    assert page.index("Watch every lesson") < page.index(">met<") < page.index("Pass the exam") < page.index(">not met yet<")
    assert "Take the exam." in page
