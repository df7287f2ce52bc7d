"""Fixtures every test may use; each family has its module in tests/fixtures."""

import os

import pytest

pytest_plugins = [
    "tests.fixtures.object_store",
    "tests.fixtures.site_processes",
    "tests.fixtures.browser",
    "tests.fixtures.stripe_api",
    "tests.fixtures.film",
    "tests.fixtures.player",
    "tests.fixtures.reliability",
    "tests.fixtures.rules",
    "tests.fixtures.nginx",
    "tests.fixtures.cloudfront",
]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In `make test` a part that is missing fails the run; only tests marked `system` may be left out, off Debian."""
    report = yield
    if report.skipped and os.environ.get("SMRT_NO_SKIPS") and not item.get_closest_marker("system") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "empty parameter set" in reason:  # one test for each file of a folder that this machine does not offer
            return report
        report.outcome, report.longrepr = "failed", f"Left out, but nothing may be missing here: {reason}"
    return report


def pytest_collection_modifyitems(items):
    """Files that open a browser come last, so that no other file follows one in the same process.

    Playwright's synchronous interface leaves an event loop running in the thread, and code that starts a loop of its own
    (the signing of PDFs) refuses to run inside it. `make test` keeps pytest-xdist from ordering files by their size.
    """
    with_browser = {item.path for item in items if "_playwright" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in with_browser)
