"""The filter graphs: from the decoder to every rung's frames on the grid of constant rate. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from streaming.pipeline.plan import Plan, Rung, rate_text


def on_the_grid(plan: Plan, *, first_frame: int, end_frame: int, sought: bool, lasting_s: float = 0.0) -> str:
    """Frames from `first_frame` to before `end_frame` of the film at its constant rate, each with its number as its time.

    Frame n shows what the source shows at n / rate, whatever came before: a piece shows what the whole would. `sought`: the source is read from
    somewhere before the first frame, not from its start. `lasting_s`: how long its last picture may stand when it ends early.
    """
    chain = []
    if plan.probe.interlaced:
        chain.append("yadif=mode=send_frame:deint=interlaced")
    # A start time other than 0 would be rounded to the source's time base, and frames near a half would fall to the other side.
    chain.append(f"fps={rate_text(plan.rate)}" + ("" if sought else ":start_time=0"))
    if lasting_s:
        chain.append(f"tpad=stop_mode=clone:stop_duration={lasting_s:.3f}")
    chain.append(f"trim=start_pts={first_frame}:end_pts={end_frame}")
    return ",".join(chain)


def picture_filters(plan: Plan, size: Rung) -> str:
    """From the decoder's pictures (already turned upright by ffmpeg) to `size`, BT.709, 8 bits."""
    probe = plan.probe
    chain = []
    scale = f"{size.width}:{size.height}:flags=lanczos+accurate_rnd"
    if probe.hdr:
        # Scaled first: tone mapping works on float pictures and its cost is per pixel.
        transfer = "smpte2084" if probe.hdr == "pq" else "arib-std-b67"
        chain += [
            f"scale={scale}",
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
        chain.append(f"scale={scale}:in_color_matrix={matrix}:out_color_matrix=bt709:{ranges}")
    # Whatever the camera told beside its pictures (HDR metadata, rotation) was true of those, and would differ from rung to rung.
    chain += ["format=yuv420p", "setsar=1", "sidedata=mode=delete", "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"]
    return ",".join(chain)


def ladder_graph(plan: Plan, rungs: Sequence[Rung], grid: str) -> str:
    """One decode feeds `rungs`, each scaled from the next larger (cheaper than from the source and no worse)."""
    head = f"[0:{plan.probe.video_index}]{grid},{picture_filters(plan, rungs[0])}"
    parts, label = [], f"v{rungs[0].name}"
    for rung in rungs[1:]:
        parts.append(f"{head},split=2[{label}][n{rung.name}]")
        head, label = f"[n{rung.name}]scale={rung.width}:{rung.height}:flags=lanczos,setsar=1", f"v{rung.name}"
    parts.append(f"{head}[{label}]")
    return ";".join(parts)
