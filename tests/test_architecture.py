"""Which way the parts may depend on each other; the layers are those of pyproject.toml."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import CASCADE, ForeignObject, ManyToManyField

from core.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
LAYERS = [[app.strip() for app in layer.split("|")] for layer in PROJECT["contracts"][0]["layers"]]
DEPTH = {app: depth for depth, layer in enumerate(LAYERS) for app in layer}
OURS = [app for app in DEPTH if app != "smrt_platform"]
# What an app may be made of (STYLE.md): a stranger finds a rule by its file's name. Everything else is named for what it knows.
SHELVES = {"utils.py", "helpers.py", "misc.py", "common.py", "constants.py", "base.py", "functions.py", "managers.py"}


def ours(model) -> bool:
    return model._meta.app_label in DEPTH


def sources() -> list[Path]:
    return [path for app in DEPTH for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def test_imports_point_downwards_only():
    answer = subprocess.run([Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert answer.returncode == 0, answer.stdout


def test_every_app_has_its_layer():
    assert sorted(OURS) == sorted({config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT})
    assert sorted(PROJECT["root_packages"]) == sorted([*DEPTH, "stripe_standin"])


def relations():
    """(model, field, target) of every relation our models declare."""
    for model in apps.get_models(include_auto_created=False):
        if not ours(model):
            continue
        for field in model._meta.get_fields(include_hidden=True):
            if isinstance(field, ForeignObject | ManyToManyField):
                yield model, field, field.related_model


def test_relations_point_downwards_only():
    user = apps.get_model(settings.AUTH_USER_MODEL)
    wrong = []
    for model, field, target in relations():
        if target is user or not ours(target) or model._meta.app_label == target._meta.app_label:
            continue
        if DEPTH[model._meta.app_label] >= DEPTH[target._meta.app_label]:
            wrong.append(f"{model._meta.label}.{field.name} → {target._meta.label}")

    assert wrong == []


def test_what_people_earned_or_paid_is_never_cascaded_away():
    """PROTECT is the usual on_delete; in the ledgers of credit and money nothing else stands."""
    cascading = [
        f"{model._meta.label}.{field.name}"
        for model, field, _ in relations()
        if model._meta.app_label in ("credits", "payments") and getattr(field.remote_field, "on_delete", None) is CASCADE
    ]

    assert cascading == []


def test_constraints_read_as_rules():
    """A constraint's name is the sentence a person meets in an error report: words joined by underscores, no table names."""
    generated = re.compile(r"_[0-9a-f]{8}(_|$)|^%")
    names = [constraint.name for model in apps.get_models() if ours(model) for constraint in model._meta.constraints]

    assert [name for name in names if generated.search(name) or len(name.split("_")) < 3] == []


def test_no_module_is_a_shelf_for_odds_and_ends():
    assert [str(path.relative_to(ROOT)) for path in sources() if path.name in SHELVES] == []


def test_modules_stay_short():
    """Near 400 lines a module becomes a package; 500 is where that has been put off too long."""
    long = {str(path.relative_to(ROOT)): lines for path in sources() if (lines := len(path.read_text().splitlines())) > 500}

    assert long == {}


def module_files(app: str, name: str) -> list[Path]:
    """A module's file, or all files of the package it has become."""
    return [*(ROOT / app).glob(f"{name}.py"), *sorted((ROOT / app / name).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("models", ("services", "selectors", "views", "forms", "admin", "api", "receivers")),
        ("selectors", ("services", "views", "forms", "admin", "api", "receivers")),
        ("services", ("views", "forms", "admin", "api", "receivers")),
    ],
)
def test_within_an_app_imports_point_from_pages_to_rules_to_tables(below, above):
    wrong = []
    for app in OURS:
        for path in module_files(app, below):
            names = imported(path)
            wrong += [f"{path.relative_to(ROOT)} imports {app}.{part}" for part in above if f"{app}.{part}" in names]

    assert wrong == []


def test_requests_and_responses_stay_in_views():
    """A service is told what it needs; it never sees a request."""
    wrong = []
    for app in OURS:
        for path in [
            *(ROOT / app).glob("services.py"),
            *(ROOT / app / "services").rglob("*.py"),
            *(ROOT / app).glob("models.py"),
            *(ROOT / app / "models").rglob("*.py"),
        ]:
            names = {name for name in imported(path) if name.startswith(("django.http", "django.shortcuts", "rest_framework", "django.contrib.messages"))}
            wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in sorted(names)]

    assert wrong == []


def test_no_model_signals():
    """Announcements are named django.dispatch signals; a rule hidden behind save() is found by nobody."""
    hidden = {"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_init", "post_init"}
    wrong = [f"{path.relative_to(ROOT)}: {name}" for path in sources() for name in sorted(imported(path)) if name.rpartition(".")[2] in hidden]

    assert wrong == []


def test_templates_hold_no_inline_script_or_style():
    """The content policy refuses them, so they would be dead on arrival."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")[^>]*>|<style\b|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)
    wrong = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        wrong += [f"{path.relative_to(ROOT)}: {match[0]}" for match in inline.finditer(path.read_text())]

    assert wrong == []


def test_pages_and_letters_tell_the_hour_in_one_way():
    """“9:00 a.m.”, as the site says it everywhere; “9 a.m.”, “noon” and “09:00” stand for the same."""
    other = re.compile(r"\|(?:date|time):[\"'](?:[^\"']*\b[HG]:i|[^\"']*\bP\b)|(?:date|time)_format\([^\n]*[\"'](?:[^\"']*\b[HG]:i|[^\"']*\bP\b)")
    files = [path for ending in ("html", "txt") for path in (ROOT / "templates").rglob(f"*.{ending}")]
    wrong = [f"{path.relative_to(ROOT)}: {match[0]}" for path in sorted([*files, *sources()]) for match in other.finditer(path.read_text())]

    assert wrong == []


def test_every_refusal_can_be_translated():
    """What a person is refused with is words, so it goes through gettext, wherever it is raised."""
    refusals = {"ValidationError", "PermissionDenied", "NotFound", *(kind.__name__ for kind in subclasses(DomainError))}
    wrong = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name = ast.unparse(node.exc.func).rpartition(".")[2]
                if name in refusals and is_plain_text(node.exc.args[0]):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} raises {name} with words that are not translated")

    assert wrong == []


def subclasses(kind):
    return {kind, *(found for below in kind.__subclasses__() for found in subclasses(below))}


def is_plain_text(node):
    """A text with a space in it, as it stands, with values in it, or put together."""
    if isinstance(node, ast.BinOp):
        return is_plain_text(node.left) or is_plain_text(node.right)
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value.strip() for part in parts)
