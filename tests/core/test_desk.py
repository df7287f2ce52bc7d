import pytest

from accounts.models import Role
from core import desk
from tests.factories.accounts import UserFactory, user_with_role


@pytest.fixture
def two_pages(monkeypatch):
    monkeypatch.setattr(desk, "_pages", {})
    desk.register("What waits", "desk:home", roles=tuple(Role.values), group="Overview")
    desk.register("Schema", "api-schema", roles=(Role.STAFF,), group="System")


def titles(groups):
    return [page.title for group in groups for page in group.pages]


def test_navigation_lists_only_pages_open_to_the_role(db, two_pages):
    assert titles(desk.navigation_for(user_with_role(Role.INSTRUCTOR), "/desk/")) == ["What waits"]
    assert titles(desk.navigation_for(user_with_role(Role.STAFF), "/desk/")) == ["What waits", "Schema"]
    assert titles(desk.navigation_for(UserFactory(), "/desk/")) == []


def test_navigation_leaves_out_a_page_without_an_address(db, two_pages):
    desk.register("Nowhere", "nowhere:at_all", roles=(Role.STAFF,))

    assert "Nowhere" not in titles(desk.navigation_for(user_with_role(Role.STAFF), "/desk/"))


def test_navigation_marks_the_page_one_is_on(db, two_pages):
    groups = desk.navigation_for(user_with_role(Role.STAFF), "/api/v1/schema/")

    assert [page.title for group in groups for page in group.pages if page.is_current] == ["Schema"]


def test_register_refuses_an_unknown_group():
    with pytest.raises(ValueError, match="not a group"):
        desk.register("Page", "desk:home", roles=(), group="Elsewhere")
