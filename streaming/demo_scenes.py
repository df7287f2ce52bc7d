"""The moving figures of the demo's lessons: limbs as outlines round a bone, muscles as bundles of fibres.

Coordinates are pixels of a 1280 × 720 picture. A scene is posed by a bend between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True)
class Muscle:
    """Fibres from `start` to `end` (points), their belly `swell` pixels wide, bent `bow` pixels to the side."""

    start: Point
    end: Point
    bow: float
    swell: float
    fibres: int = 7

    def lines(self) -> list[list[Point]]:
        (x0, y0), (x1, y1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0) or 1
        nx, ny = -(y1 - y0) / length, (x1 - x0) / length
        bundle = []
        for k in range(self.fibres):
            side = (k - (self.fibres - 1) / 2) / max(1, self.fibres - 1) * self.swell
            line = []
            for i in range(25):
                s = i / 24
                off = (self.bow + side) * math.sin(math.pi * s) ** 0.9 + side * 0.12
                line.append((x0 + (x1 - x0) * s + nx * off, y0 + (y1 - y0) * s + ny * off))
            bundle.append(line)
        return bundle

    @property
    def belly(self) -> Point:
        (x0, y0), (x1, y1) = self.start, self.end
        length = math.hypot(x1 - x0, y1 - y0) or 1
        return ((x0 + x1) / 2 - (y1 - y0) / length * self.bow, (y0 + y1) / 2 + (x1 - x0) / length * self.bow)


@dataclass(frozen=True)
class Figure:
    outlines: list[list[Point]]  # drawn as one body: edges inside it vanish
    muscles: dict[str, Muscle]
    joints: list[Point] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    muscle: str
    label: str
    says: str


@dataclass(frozen=True)
class Scene:
    pose: Callable[[float], Figure]
    steps: tuple[Step, ...]


def smooth(points: Sequence[Point], *, steps: int = 10) -> list[Point]:
    """A closed Catmull-Rom curve through `points`."""

    def between(around: list[float], t: float) -> float:
        a, b, c, d = around
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)

    count, curve = len(points), []
    for i in range(count):
        around = [points[(i + k - 1) % count] for k in range(4)]
        xs, ys = [x for x, _y in around], [y for _x, y in around]
        curve += [(between(xs, j / steps), between(ys, j / steps)) for j in range(steps)]
    return curve


def toward(origin: Point, degrees: float, length: float) -> Point:
    """`length` pixels from `origin`; 0 degrees points down, positive turns toward the viewer's right."""
    return origin[0] + math.sin(math.radians(degrees)) * length, origin[1] + math.cos(math.radians(degrees)) * length


def beside(a: Point, b: Point, along: float, off: float) -> Point:
    """A point `along` the bone a–b, `off` pixels to its right as one looks from a to b on a page with y downwards."""
    length = math.hypot(b[0] - a[0], b[1] - a[1]) or 1
    return a[0] + (b[0] - a[0]) * along + (b[1] - a[1]) / length * off, a[1] + (b[1] - a[1]) * along - (b[0] - a[0]) / length * off


def limb(a: Point, b: Point, front: Sequence[Point], back: Sequence[Point]) -> list[Point]:
    """An outline round the bone a–b from profiles of (along, width) in front of it and behind it."""
    return smooth([beside(a, b, along, off) for along, off in front] + [beside(a, b, along, -off) for along, off in reversed(back)])


def foot(ankle: Point, degrees: float) -> list[Point]:
    """A foot pointing `degrees`, its heel behind the ankle."""
    toe = toward(ankle, degrees, 120)
    sole = ((-0.12, 26), (0.3, 25), (0.7, 2), (1.0, -18), (0.97, -30), (0.4, -36), (-0.2, -36), (-0.34, -16))
    return smooth([beside(ankle, toe, along, off) for along, off in sole])


THIGH_FRONT = [(-0.06, 52), (0.15, 62), (0.45, 58), (0.75, 45), (0.93, 38), (1.04, 34)]
THIGH_BACK = [(-0.06, 62), (0.12, 74), (0.4, 58), (0.7, 44), (0.92, 36), (1.05, 30)]
SHANK_FRONT = [(-0.06, 34), (0.1, 34), (0.4, 27), (0.75, 19), (0.97, 18)]
SHANK_BACK = [(-0.07, 30), (0.12, 44), (0.32, 56), (0.55, 38), (0.8, 17), (0.97, 17)]


def knee(bend: float) -> Figure:
    hip, joint = (470.0, 96.0), (500.0, 372.0)
    lean = 4 - 62 * bend
    ankle = toward(joint, lean, 232)
    return Figure(
        outlines=[limb(hip, joint, THIGH_FRONT, THIGH_BACK), limb(joint, ankle, SHANK_FRONT, SHANK_BACK), foot(ankle, lean + 86)],
        muscles={
            "hamstrings": Muscle(beside(hip, joint, 0.04, -38), beside(joint, ankle, 0.1, -28), 1 + 5 * bend, 28 + 6 * bend),
            "quadriceps": Muscle(beside(hip, joint, 0.04, 34), beside(hip, joint, 0.97, 24), -4, 26),
            "gastrocnemius": Muscle(beside(hip, joint, 0.95, -24), beside(joint, ankle, 0.6, -17), 11, 25),
            "tendon": Muscle(beside(joint, ankle, 0.6, -17), beside(joint, ankle, 1.06, -16), -3, 7, 4),
        },
        joints=[joint, ankle],
    )


def hip(bend: float) -> Figure:
    shoulder, joint = (470.0, 40.0), (470.0, 276.0)
    thigh_at = -18 + 88 * bend
    knee_at = toward(joint, thigh_at, 208)
    shank_at = thigh_at - 8 - 74 * bend
    ankle = toward(knee_at, shank_at, 168)
    belly = [(-0.12, 40), (0.1, 66), (0.4, 56), (0.75, 54), (1.04, 58)]
    back = [(-0.12, 44), (0.12, 62), (0.5, 44), (0.72, 42), (0.93, 76), (1.12, 62)]
    trunk = limb(shoulder, joint, belly, back)
    return Figure(
        outlines=[trunk, limb(joint, knee_at, THIGH_FRONT, THIGH_BACK), limb(knee_at, ankle, SHANK_FRONT, SHANK_BACK), foot(ankle, shank_at + 86)],
        muscles={
            "gluteus": Muscle(beside(shoulder, joint, 0.78, -46), beside(joint, knee_at, 0.2, -44), 6, 44, 9),
            "flexors": Muscle(beside(shoulder, joint, 0.66, 20), beside(joint, knee_at, 0.2, 22), -10, 20, 5),
            "hamstrings": Muscle(beside(joint, knee_at, 0.1, -44), beside(joint, knee_at, 1.0, -20), 1, 26),
            "quadriceps": Muscle(beside(joint, knee_at, 0.1, 42), beside(joint, knee_at, 0.97, 24), -2, 26),
        },
        joints=[joint, knee_at],
    )


def shoulder(bend: float) -> Figure:
    neck, joint, other = (340.0, 190.0), (448.0, 236.0), (232.0, 236.0)
    arm_at = 12 + 84 * bend
    elbow = toward(joint, arm_at, 150)
    wrist = toward(elbow, arm_at - 6 + 14 * bend, 128)
    far_elbow, far_wrist = toward(other, -12, 150), toward(toward(other, -12, 150), -5, 128)
    head = smooth([(340 + 52 * math.sin(a), 106 - 66 * math.cos(a)) for a in (i * math.pi / 5 for i in range(10))])
    side = [(28, 150), (32, 186), (88, 208), (130, 238), (116, 330), (98, 430), (94, 520), (108, 610)]
    trunk = smooth([(neck[0] - x, y) for x, y in side] + [(neck[0] + x, y) for x, y in reversed(side)])
    arm_front, arm_back = [(-0.1, 36), (0.2, 36), (0.6, 29), (1.05, 24)], [(-0.1, 36), (0.2, 34), (0.6, 28), (1.05, 24)]
    fore_front, fore_back = [(-0.06, 24), (0.25, 26), (0.7, 18), (1.15, 18), (1.4, 10)], [(-0.06, 24), (0.25, 26), (0.7, 18), (1.15, 18), (1.4, 10)]
    return Figure(
        outlines=[
            head,
            trunk,
            limb(joint, elbow, arm_front, arm_back),
            limb(elbow, wrist, fore_front, fore_back),
            limb(other, far_elbow, arm_front, arm_back),
            limb(far_elbow, far_wrist, fore_front, fore_back),
        ],
        muscles={
            "trapezius": Muscle((neck[0] + 8, 168), (joint[0] - 4, joint[1] - 12), 3, 15, 7),
            "infraspinatus": Muscle((370, 318), (joint[0] + 4, joint[1] + 16), -8, 40, 9),
            "deltoid": Muscle((joint[0] - 8, joint[1] - 14), beside(joint, elbow, 0.62, 4), -3, 26, 7),
            "latissimus": Muscle((346, 520), (joint[0] - 2, joint[1] + 44), 20, 44, 9),
        },
        joints=[joint, elbow],
    )


SCENES = {
    "knee": Scene(
        knee,
        (
            Step("hamstrings", "Hamstrings", "Find the hamstrings: three muscles from the sitting bone to below the knee."),
            Step("gastrocnemius", "Gastrocnemius", "Bend the knee a little, so that the gastrocnemius goes slack under your hand."),
            Step("tendon", "Calcaneal tendon", "Follow the calf down to the calcaneal tendon and hold it lightly from both sides."),
            Step("quadriceps", "Quadriceps", "Let the knee straighten by itself while the quadriceps stays at rest."),
        ),
    ),
    "hip": Scene(
        hip,
        (
            Step("gluteus", "Gluteus maximus", "A gluteus maximus that no longer joins in: this is the dormant butt."),
            Step("flexors", "Hip flexors", "Short hip flexors hold the pelvis forward; release them first."),
            Step("hamstrings", "Hamstrings", "The hamstrings have been doing the work of two. Give them slack."),
            Step("gluteus", "Gluteus maximus", "Now ask the gluteus maximus to lift the leg, slowly, twice."),
        ),
    ),
    "shoulder": Scene(
        shoulder,
        (
            Step("trapezius", "Upper trapezius", "Support the arm, so that the upper trapezius has nothing to carry."),
            Step("infraspinatus", "Infraspinatus", "The infraspinatus lies flat on the shoulder blade: sink in, do not press."),
            Step("deltoid", "Deltoid", "Raise the arm until the deltoid wants to help, then stop."),
            Step("latissimus", "Latissimus dorsi", "Let the arm down along the latissimus dorsi and wait for the breath."),
        ),
    ),
}
