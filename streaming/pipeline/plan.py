"""What to make of a probed file: the ladder of rungs and the filters that lead to it. Pure: no files, no processes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from streaming.pipeline.probe import Probe

SEGMENT_S = 4
CRF = 23
PRESET = "faster"
# Short side of the picture (height of a landscape film) and the most bits a second it may take.
LADDER = {240: 450_000, 360: 750_000, 480: 1_500_000, 720: 3_750_000, 1080: 6_750_000}
WORTH_A_RUNG = 1.1  # how much larger than the best standard rung a source must be to get a rung of its own size
TOO_NEAR = 1.25  # a standard rung this near under the source's own adds bytes, not choice
MAX_LONG_SIDE = 4096  # what H.264 decoders of phones take
FAST_RATE = 40  # above it a rung may take half as much again


@dataclass(frozen=True)
class Rung:
    name: str
    width: int
    height: int
    max_bps: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Plan:
    probe: Probe
    rungs: tuple[Rung, ...]  # largest first, as the cascade of scalers makes them

    @property
    def rate(self) -> Fraction:
        return self.probe.rate

    @property
    def duration_s(self) -> float:
        return self.probe.duration_ms / 1000


def plan_for(probe: Probe) -> Plan:
    """The ladder follows the source: never above it, its shape kept, its own size on top when that is worth it."""
    short = min(probe.width, probe.height)
    sides = [side for side in LADDER if side <= short]
    own = min(short, max(LADDER))
    if not sides or own > WORTH_A_RUNG * sides[-1]:
        sides = [side for side in sides if own >= TOO_NEAR * side] + [own]
    rungs = [_rung(probe, side) for side in reversed(sides)]
    return Plan(probe=probe, rungs=tuple(rungs))


def _rung(probe: Probe, side: int) -> Rung:
    short, long = min(probe.width, probe.height), max(probe.width, probe.height)
    factor = min(Fraction(side, short), Fraction(MAX_LONG_SIDE, long))
    width, height = _even(probe.width, factor), _even(probe.height, factor)
    cap = next((bps for standard, bps in LADDER.items() if standard >= side), LADDER[1080])
    return Rung(name=str(side), width=width, height=height, max_bps=cap * 3 // 2 if probe.rate > FAST_RATE else cap)


def _even(length: int, factor: Fraction) -> int:
    """`length` scaled to the nearest even number (4:2:0 pictures have even sides), never above the source."""
    even = round(length * factor / 2) * 2
    return max(2, even if even <= length else even - 2)


def picture_filters(plan: Plan) -> str:
    """From the decoder (already turned upright by ffmpeg) to the top rung's frames: constant rate, BT.709, 8 bits."""
    probe, top = plan.probe, plan.rungs[0]
    chain = []
    if probe.interlaced:
        chain.append("yadif=mode=send_frame:deint=interlaced")
    chain.append(f"fps={rate_text(plan.rate)}:start_time=0")
    size = f"{top.width}:{top.height}:flags=lanczos+accurate_rnd"
    if probe.hdr:
        # Scaled first: tone mapping works on float pictures and its cost is per pixel.
        transfer = "smpte2084" if probe.hdr == "pq" else "arib-std-b67"
        chain += [
            f"scale={size}",
            f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc",
            "zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=bt709",
            "tonemap=tonemap=mobius:desat=0",
            "zscale=transfer=bt709:matrix=bt709:range=limited",
        ]
    else:
        # A file that does not name its matrix means BT.601 when small, BT.709 when large; scalers assume 601 for both.
        matrix = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020"}.get(probe.matrix)
        matrix = matrix or ("bt709" if probe.stored_height >= 720 else "bt601")
        ranges = f"in_range={'full' if probe.full_range else 'limited'}:out_range=limited"
        chain.append(f"scale={size}:in_color_matrix={matrix}:out_color_matrix=bt709:{ranges}")
    chain += ["format=yuv420p", "setsar=1", "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"]
    return ",".join(chain)


def ladder_graph(plan: Plan) -> str:
    """One decode feeds all rungs, each scaled from the next larger (cheaper than from the source and no worse)."""
    head = f"[0:{plan.probe.video_index}]{picture_filters(plan)}"
    parts, smaller = [], list(plan.rungs[1:])
    label = f"v{plan.rungs[0].name}"
    for rung in smaller:
        parts.append(f"{head},split=2[{label}][n{rung.name}]")
        head, label = f"[n{rung.name}]scale={rung.width}:{rung.height}:flags=lanczos,setsar=1", f"v{rung.name}"
    parts.append(f"{head}[{label}]")
    return ";".join(parts)


def rate_text(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
