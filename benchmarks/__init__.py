"""Side-by-side measurements. Each `<area>_<what>.py` beside this file offers `rows() -> list[dict]` (see run.py)."""
