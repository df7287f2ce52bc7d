"""The pages of the staff desk: each app registers its own in AppConfig.ready(), the shell lists those open to the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

GROUPS = ("Overview", "Teaching", "Credit", "Sales", "People", "System")


@dataclass(frozen=True)
class DeskPage:
    """One line of the desk's side navigation; `roles` are those of accounts.Role that may open the page."""

    title: str
    url_name: str
    roles: tuple[str, ...]
    group: str = "Teaching"
    order: int = 50


@dataclass(frozen=True)
class DeskLink:
    title: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class DeskGroup:
    title: str
    pages: list[DeskLink]


_pages: dict[str, DeskPage] = {}


def register(title: str, url_name: str, *, roles: tuple[str, ...], group: str = "Teaching", order: int = 50) -> None:
    """Add a page to the desk's navigation; registering the same `url_name` again replaces it."""
    if group not in GROUPS:
        raise ValueError(f"“{group}” is not a group of the desk: {', '.join(GROUPS)}.")
    _pages[url_name] = DeskPage(title, url_name, tuple(roles), group, order)


def navigation_for(user: Any, path: str) -> list[DeskGroup]:
    """The groups and pages `user` may open. The page whose address is the longest beginning of `path` is the current one."""
    allowed = [(page, _address(page)) for page in _pages.values() if user.has_role(*page.roles)]
    found = [(page, url) for page, url in allowed if url]
    current = max((url for _, url in found if path == url or (url != "/desk/" and path.startswith(url))), key=len, default="")
    groups = []
    for title in GROUPS:
        pages = sorted((entry for entry in found if entry[0].group == title), key=lambda entry: (entry[0].order, entry[0].title))
        if pages:
            groups.append(DeskGroup(title, [DeskLink(page.title, url, url == current) for page, url in pages]))
    return groups


def _address(page: DeskPage) -> str:
    try:
        return reverse(page.url_name)
    except NoReverseMatch:
        return ""
