"""The completion evaluator: what is asked, what is shown, and what can never happen."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from courses.completion import Evidence, LessonEvidence, LessonRequirement, Requirements, clock_time, evaluate

TWO_LESSONS = Requirements(
    lessons=(LessonRequirement(1, "Hamstrings", 100_000), LessonRequirement(2, "Gastrocnemius", 50_000)), coverage=Decimal("0.95"), pass_mark=80
)
WATCHED = {1: LessonEvidence(95_000), 2: LessonEvidence(50_000)}


def test_evaluate_names_everything_left_for_a_beginner():
    trace = evaluate(TWO_LESSONS, Evidence())

    assert not trace.met
    assert [leaf.code for leaf in trace.leaves() if not leaf.met] == ["lesson:1", "lesson:2", "affirmation", "exam", "evaluation"]
    assert trace.todo == "Watch “Hamstrings”."
    assert all(leaf.todo for leaf in trace.leaves())


def test_evaluate_names_the_missing_stretches():
    evidence = Evidence(lessons={1: LessonEvidence(70_000, ((20_000, 50_000),)), 2: LessonEvidence(50_000)})

    lesson = evaluate(TWO_LESSONS, evidence).find("lesson:1")

    assert (lesson.met, lesson.why, lesson.todo) == (False, "70 % watched; 95 % is needed.", "Watch “Hamstrings”: 0:20–0:50 still to see.")


def test_evaluate_names_a_few_of_many_stretches():
    missing = tuple((n * 10_000, n * 10_000 + 1000) for n in range(7))

    lesson = evaluate(TWO_LESSONS, Evidence(lessons={1: LessonEvidence(10, missing)})).find("lesson:1")

    assert lesson.todo.endswith("0:40–0:41 and 2 more still to see.")


def test_evaluate_counts_the_threshold_itself_as_enough_and_a_millisecond_less_as_too_little():
    assert evaluate(TWO_LESSONS, Evidence(lessons={1: LessonEvidence(95_000)})).find("lesson:1").met
    assert not evaluate(TWO_LESSONS, Evidence(lessons={1: LessonEvidence(94_999)})).find("lesson:1").met


def test_evaluate_is_met_when_everything_is_done():
    evidence = Evidence(lessons=WATCHED, affirmed=True, exam_scores=(60, 90), exam_passed=True, evaluation_submitted=True)

    trace = evaluate(TWO_LESSONS, evidence)

    assert trace.met
    assert trace.next_step is None
    assert trace.find("exam").why == "Passed with 90 %."
    assert trace.to_json()["children"][0]["children"][0] == {
        "code": "lesson:1",
        "met": True,
        "title": "Hamstrings",
        "why": "95 % watched; 95 % is needed.",
        "todo": "",
        "children": [],
    }


def test_evaluate_never_completes_a_course_without_lessons():
    trace = evaluate(Requirements(lessons=()), Evidence(affirmed=True, exam_passed=True, evaluation_submitted=True))

    assert not trace.met
    assert trace.find("lessons").todo == "Write to the school: a course without lessons cannot be completed."


def test_clock_time_is_written_as_people_do():
    assert [clock_time(ms) for ms in (0, 75_999, 3_600_000, 3_725_000)] == ["0:00", "1:15", "1:00:00", "1:02:05"]


covered = st.integers(0, 100_000)
evidence = st.builds(
    Evidence,
    lessons=st.fixed_dictionaries({1: st.builds(LessonEvidence, covered), 2: st.builds(LessonEvidence, covered)}),
    affirmed=st.booleans(),
    exam_passed=st.booleans(),
    exam_scores=st.lists(st.integers(0, 100), max_size=3).map(tuple),
    evaluation_submitted=st.booleans(),
)


@given(evidence, st.decimals("0.01", "1", places=2))
def test_completion_is_exactly_the_conjunction_of_its_requirements(evidence, coverage):
    requirements = Requirements(lessons=TWO_LESSONS.lessons, coverage=coverage)

    trace = evaluate(requirements, evidence)

    watched = evidence.lessons[1].covered_ms >= coverage * 100_000 and evidence.lessons[2].covered_ms >= coverage * 50_000
    assert trace.met == (watched and evidence.affirmed and evidence.exam_passed and evidence.evaluation_submitted)
    assert trace.met == all(leaf.met for leaf in trace.leaves())


@given(evidence)
def test_every_unmet_line_says_what_to_do_and_no_met_line_does(evidence):
    trace = evaluate(TWO_LESSONS, evidence)

    assert all(bool(leaf.todo) != leaf.met for leaf in trace.leaves())


@given(evidence, covered)
def test_watching_more_never_undoes_a_requirement(evidence, more):
    grown = Evidence(**{**evidence.__dict__, "lessons": {n: LessonEvidence(e.covered_ms + more) for n, e in evidence.lessons.items()}})

    before, after = evaluate(TWO_LESSONS, evidence), evaluate(TWO_LESSONS, grown)

    assert all(later.met for earlier, later in zip(before.leaves(), after.leaves(), strict=True) if earlier.met)
