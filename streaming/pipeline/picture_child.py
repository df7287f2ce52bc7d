"""Turns a picture someone uploaded into a JPEG of ours, or prints why not; run by `picture.py` in the sandbox, never imported.

What is not a picture is told by its header, before a single pixel is decoded.
"""

import json
import sys
from typing import Any

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
LEAST_SIDE = 160
LONG_SIDE = 1280
QUALITY = 85


def main(source: str, target: str) -> None:
    Image.MAX_IMAGE_PIXELS = None  # our own limit is lower, and says so
    with Image.open(source, formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            answer(refused="too_many_pixels", width=width, height=height)
            return
        if min(width, height) < LEAST_SIDE:
            answer(refused="too_small", width=width, height=height)
            return
        opened.draft("RGB", (LONG_SIDE * 2, LONG_SIDE * 2))  # a JPEG is decoded no larger than it will be used
        upright = ImageOps.exif_transpose(opened)
    picture = Image.new("RGB", upright.size, "white")
    picture.paste(upright.convert("RGB"), mask=upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None)
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    picture.save(target, "JPEG", quality=QUALITY, optimize=True, progressive=True)  # a new file: no word of the old one goes along
    answer(width=picture.width, height=picture.height)


def answer(**values: Any) -> None:
    print(json.dumps(values))  # noqa: T201  # its answer


main(sys.argv[1], sys.argv[2])
