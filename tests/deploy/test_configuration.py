"""docs/configuration.md tells of every variable, and of none that nobody reads."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ_BY_OTHERS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "COMPOSE_PROFILES"}  # boto3, Docker Compose


def documented() -> list[str]:
    return re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE)


def in_settings() -> set[str]:
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z0-9_]+)\"", (ROOT / "smrt_platform" / "settings.py").read_text()))


def elsewhere() -> set[str]:
    """Variables of the services' commands."""
    gunicorn = re.findall(r"environ\.get\([\"']([A-Z0-9_]+)", (ROOT / "deploy" / "gunicorn.py").read_text())
    compose = re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text())
    return set(gunicorn) | set(compose)


def test_every_variable_is_documented_once():
    names = documented()

    assert len(names) == len(set(names))
    assert in_settings() | elsewhere() | READ_BY_OTHERS == set(names)


def test_example_environment_names_only_documented_variables():
    names = re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert set(names) <= set(documented())


def test_settings_read_the_environment_in_one_way_only():
    assert "os.environ" not in (ROOT / "smrt_platform" / "settings.py").read_text()
