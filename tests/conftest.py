"""Fixtures every test may use; each family has its module in tests/fixtures."""

pytest_plugins = ["tests.fixtures.object_store", "tests.fixtures.site_processes", "tests.fixtures.browser"]
