"""The engine runs without a site, and its bytes do not depend on the process that made them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

ANSWERS = """
import hashlib, json, pathlib
from credits.engine.run import dumps, evaluate
digest = hashlib.sha256()
for path in sorted(pathlib.Path("tests/credits/engine").glob("*/*.json")):
    digest.update(dumps(evaluate(json.loads(path.read_text())["case"])).encode())
print(digest.hexdigest())
"""
MODULES = "import sys, credits.engine.run; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def python(code: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_sets_in_another_order_make_the_same_bytes():
    assert python(ANSWERS, PYTHONHASHSEED="1") == python(ANSWERS, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LANG="de_DE.UTF-8")


def test_nothing_of_the_site_is_loaded():
    assert {"django", "rest_framework", "yaml", "core", "accounts"}.isdisjoint(python(MODULES).split())
