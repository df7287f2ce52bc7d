"""Whether an attempt is complete, and why: one pure function that learner, staff and API all read.

`evaluate` compares requirements with evidence and returns a trace, a tree of {code, met, title, why, todo, children}.
The trace is stored with the decision, so its sentences are part of the record and are not translated later.
Nothing here touches the database, the clock or the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DEFAULT_COVERAGE = Decimal("0.95")
STRETCHES_NAMED = 5


@dataclass(frozen=True)
class LessonRequirement:
    lesson: int
    title: str
    duration_ms: int


@dataclass(frozen=True)
class Requirements:
    """What the attempt's course version and the strictest accreditation ask for. `pass_mark` is a percentage."""

    lessons: tuple[LessonRequirement, ...]
    coverage: Decimal = DEFAULT_COVERAGE
    pass_mark: int = 70
    needs_exam: bool = True
    needs_evaluation: bool = True


@dataclass(frozen=True)
class LessonEvidence:
    covered_ms: int = 0
    missing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What the learner has done. `exam_scores` are the percentages of the submitted exam attempts, oldest first."""

    lessons: Mapping[int, LessonEvidence] = field(default_factory=dict)
    affirmed: bool = False
    exam_scores: tuple[int, ...] = ()
    exam_passed: bool = False
    evaluation_submitted: bool = False


@dataclass(frozen=True)
class Trace:
    code: str
    met: bool
    title: str
    why: str
    todo: str = ""
    children: tuple[Trace, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "met": self.met,
            "title": self.title,
            "why": self.why,
            "todo": self.todo,
            "children": [child.to_json() for child in self.children],
        }

    def leaves(self) -> Iterator[Trace]:
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def find(self, code: str) -> Trace | None:
        """The first node with `code`, searching depth first."""
        if self.code == code:
            return self
        return next((found for child in self.children if (found := child.find(code))), None)

    @property
    def next_step(self) -> Trace | None:
        """The first thing that is left to do, or None when all is met."""
        return next((leaf for leaf in self.leaves() if not leaf.met), None)


def evaluate(requirements: Requirements, evidence: Evidence) -> Trace:
    """Judge `evidence` against `requirements`. More evidence never turns a met requirement into an unmet one."""
    children = [_lessons(requirements, evidence)]
    if requirements.needs_exam:
        children += [_affirmation(evidence), _exam(requirements, evidence)]
    if requirements.needs_evaluation:
        children.append(_evaluation(evidence))
    unmet = [child for child in children if not child.met]
    return Trace(
        code="completion",
        met=not unmet,
        title="Completion of the course",
        why="Everything the course asks for is done." if not unmet else f"{len(children) - len(unmet)} of {len(children)} requirements are met.",
        todo=unmet[0].todo if unmet else "",
        children=tuple(children),
    )


def clock_time(ms: int) -> str:
    """A place in a video as people write it: 75,000 ms is 1:15."""
    seconds = ms // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def percent(fraction: Decimal) -> str:
    return f"{(fraction * 100).normalize():f} %"


def stretches(missing: tuple[tuple[int, int], ...]) -> str:
    """The missing stretches as a phrase, the first few by name."""
    named = ", ".join(f"{clock_time(start)}–{clock_time(end)}" for start, end in missing[:STRETCHES_NAMED])
    more = len(missing) - STRETCHES_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _lessons(requirements: Requirements, evidence: Evidence) -> Trace:
    children = tuple(_lesson(lesson, requirements.coverage, evidence.lessons.get(lesson.lesson, LessonEvidence())) for lesson in requirements.lessons)
    watched = sum(child.met for child in children)
    met = bool(children) and watched == len(children)
    if not children:
        why, todo = "The course has no lessons yet.", "Write to the school: a course without lessons cannot be completed."
    else:
        why = f"{watched} of {len(children)} lessons are watched to at least {percent(requirements.coverage)}."
        todo = next((child.todo for child in children if not child.met), "")
    return Trace("lessons", met, "Watch every lesson", why, todo, children)


def _lesson(lesson: LessonRequirement, coverage: Decimal, watched: LessonEvidence) -> Trace:
    needed_ms = coverage * lesson.duration_ms
    met = lesson.duration_ms > 0 and watched.covered_ms >= needed_ms
    share = watched.covered_ms * 100 // lesson.duration_ms if lesson.duration_ms else 0
    todo = ""
    if not met:
        todo = f"Watch “{lesson.title}”" + (f": {stretches(watched.missing)} still to see." if watched.covered_ms and watched.missing else ".")
    return Trace(f"lesson:{lesson.lesson}", met, lesson.title, f"{share} % watched; {percent(coverage)} is needed.", todo)


def _affirmation(evidence: Evidence) -> Trace:
    if evidence.affirmed:
        return Trace("affirmation", True, "Affirm that you took the course yourself", "The affirmation is given.")
    return Trace(
        "affirmation",
        False,
        "Affirm that you took the course yourself",
        "The affirmation is not given yet.",
        "Affirm that you took the course yourself; you are asked before the exam.",
    )


def _exam(requirements: Requirements, evidence: Evidence) -> Trace:
    title = f"Pass the exam with at least {requirements.pass_mark} %"
    if evidence.exam_passed:
        return Trace("exam", True, title, f"Passed with {max(evidence.exam_scores, default=0)} %.")
    if evidence.exam_scores:
        return Trace("exam", False, title, f"The last result was {evidence.exam_scores[-1]} %.", "Take the exam again.")
    return Trace("exam", False, title, "The exam is not taken yet.", "Take the exam.")


def _evaluation(evidence: Evidence) -> Trace:
    if evidence.evaluation_submitted:
        return Trace("evaluation", True, "Evaluate the course", "The evaluation is in; your answers are kept apart from your name.")
    return Trace(
        "evaluation", False, "Evaluate the course", "The evaluation is not in yet.", "Answer the evaluation; your answers are kept apart from your name."
    )
