"""Fixtures every test may use; each family has its module in tests/fixtures."""

import os

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.database",
    "tests.fixtures.object_store",
    "tests.fixtures.site_processes",
    "tests.fixtures.browser",
    "tests.fixtures.last_look",
    "tests.fixtures.stripe_api",
    "tests.fixtures.film",
    "tests.fixtures.player",
    "tests.fixtures.reliability",
    "tests.fixtures.rules",
    "tests.fixtures.nginx",
    "tests.fixtures.cloudfront",
]

# Tests that watch a browser, or workers and servers of ours, from outside. On a machine that is busy with other things such a test may
# be late once, so `make test` gives it a second chance; all others, and all of them on a developer's machine, have one.
OTHER_PROGRAMS = {"_playwright", "site_environment"}


# No example has a deadline: a machine with other work breaks any. What `make test` finds, it finds each time.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=bool(os.environ.get("SMRT_NO_SKIPS")), suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")

BROWSER_S = 900


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
    Each wait in a browser has its own limit, so the limit of a whole test is only there for what hangs.
    """
    looking = [item for item in items if "_playwright" in getattr(item, "fixturenames", ())]
    with_browser = {item.path for item in looking}
    items.sort(key=lambda item: item.path in with_browser)
    for item in looking:
        limit = item.get_closest_marker("timeout")
        if not limit or limit.args[0] < BROWSER_S:
            item.add_marker(pytest.mark.timeout(BROWSER_S), append=False)
    if os.environ.get("SMRT_NO_SKIPS"):
        for item in items:
            if OTHER_PROGRAMS.intersection(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter):
    """A test that needed its second chance is a fault to be looked into, so its first failure is printed as any other."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"FAILED ONCE: {report.nodeid}", sep="=", yellow=True)
        terminalreporter.write_line(report.longreprtext)
        for title, text in report.sections:
            terminalreporter.write_line(f"{title}\n{text}")
