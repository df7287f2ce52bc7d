"""What somebody does with the phone at the door."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.browser import box_of

SHOWN = {"in": "Here since", "out": "Left at"}


def tap(page: Page, name: str, how: str = "in") -> None:
    page.get_by_label(f"Signing {how}").check()
    page.get_by_role("button", name=f"Sign {how} {name}").click()


def sign(page: Page, name: str, how: str = "in") -> None:
    """Until the page says so: from then on “All sent” is about this entry too."""
    tap(page, name, how)
    expect(person(page, name)).to_contain_text(SHOWN[how])


def at_time(page: Page, name: str, how: str, time: str) -> None:
    page.get_by_role("button", name=re.compile(f"^{name}")).click()
    page.get_by_label("At another time").fill(time)
    page.get_by_role("dialog").get_by_role("button", name=f"Sign {how}").last.click()
    expect(person(page, name)).to_contain_text(SHOWN[how])


def person(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


def draw(page: Page) -> None:
    page.locator("dialog[data-ready]").wait_for()
    box = box_of(page.locator("canvas"))
    page.mouse.move(box["x"] + 40, box["y"] + 100)
    page.mouse.down()
    for step in range(1, 12):
        page.mouse.move(box["x"] + 40 + step * 15, box["y"] + 100 + (step % 3) * 18)
    page.mouse.up()


def press(page: Page, target: Locator) -> None:
    """The thumb is down, and stays there."""
    target.scroll_into_view_if_needed()
    box = box_of(target)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
