"""A look at pages in a real browser, at a phone's width and a desk's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from playwright.sync_api import expect

WIDTHS = (1280, 390)
# A folder to put pictures of the pages into, for whoever wants to look.
PICTURES = os.environ.get("PAGE_PICTURES", "")


@pytest.fixture
def look(axe):
    """`look(page, name, sign)` answers what is wrong with a page in the middle of a story once `sign` is on it, [] when nothing is.

    The page ignores the content policy (`new_page(bypass_csp=True)`), as axe styles elements in passing.
    """

    def visit(page, name: str, sign: str = "") -> list[str]:
        if sign:
            expect(page.get_by_text(sign).first).to_be_visible()
        page.wait_for_load_state()
        found = []
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"scrolls sideways at {width} px")
            found += [f"{width} px: {line}" for line in axe(page)]
        if page.locator("h1").count() != 1:
            found.append("not one h1")
        return found

    return visit


@pytest.fixture
def look_at(new_page, axe, live_site, sign_in):
    """`look_at(paths, user)` answers what is wrong with each page, {} when nothing is; `user` None is a stranger.

    axe styles elements in passing, so it works on a second page that ignores the content policy.
    """

    def visit(paths: Iterable[str], user=None) -> dict[str, list[str]]:
        plain, examined = new_page(), new_page(bypass_csp=True)
        errors: list[str] = []

        def note(message) -> None:
            # The films of factories' videos do not exist; the browser reports a page's own status when it is a refusal.
            is_expected = "/v/" in message.location.get("url", "") or message.location.get("url") == plain.url
            is_left = "htmx:sendAbort" in message.text  # a page was left while it asked for news
            if message.type == "error" and not is_left and not ("Failed to load resource" in message.text and is_expected):
                errors.append(message.text)

        plain.on("console", note)
        if user:
            sign_in(plain, user, live_site)
            sign_in(examined, user, live_site)
        found = {path: faults(plain, examined, path, errors) for path in paths}
        return {path: lines for path, lines in found.items() if lines}

    def faults(plain, examined, path: str, errors: list[str]) -> list[str]:
        errors.clear()
        response = plain.goto(live_site + path)
        examined.goto(live_site + path)
        lines = [f"console: {error}" for error in errors]
        if response.status >= 500:
            lines.append(f"status {response.status}")
        for width in WIDTHS:
            for page in (plain, examined):
                page.set_viewport_size({"width": width, "height": 850})
            if plain.evaluate("document.documentElement.scrollWidth") > width:
                lines.append(f"scrolls sideways at {width} px")
            lines += [f"{width} px: {line}" for line in axe(examined)]
        if (count := plain.locator("h1").count()) != 1:
            lines.append(f"{count} elements h1")
        if not plain.title().strip():
            lines.append("no title")
        return lines

    return visit
