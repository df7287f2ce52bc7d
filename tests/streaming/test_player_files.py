"""The player's modules: each is named in the page, and finds the others under their hashed names."""

import re
import shutil
from pathlib import Path

from smrt_platform.staticfiles import SiteStaticStorage
from streaming.selectors.player import MODULES

FOLDER = Path(__file__).resolve().parents[2] / "static/js/player"


def test_the_page_names_every_module_that_the_player_imports():
    assert sorted(f"js/player/{file.name}" for file in FOLDER.glob("*.js") if file.name != "player.js") == MODULES


def test_modules_import_each_other_under_names_that_change_with_their_content(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "js/player")
    storage = SiteStaticStorage(location=tmp_path, base_url="/static/")

    list(storage.post_process({f"js/player/{file.name}": (storage, f"js/player/{file.name}") for file in FOLDER.glob("*.js")}))

    entry = tmp_path / storage.stored_name("js/player/player.js")
    imported = re.findall(r'from "\./(\S+)";', entry.read_text())
    assert len(imported) == len(MODULES) - 1  # words.js is imported by others alone
    assert all(re.fullmatch(r"[a-z]+\.[0-9a-f]{12}\.js", name) for name in imported)
    assert all((tmp_path / "js/player" / name).exists() for name in imported)
