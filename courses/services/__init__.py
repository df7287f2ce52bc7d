"""Verbs of courses, one module per noun."""

from courses.services.completions import complete_attempt
from courses.services.enrolment import close_library_players, close_players, enroll_learner, lesson_grant, preview_grant, require_access, start_again
from courses.services.evaluations import submit_evaluation
from courses.services.exams import affirm, affirmation_wording, allow_another_exam, check_exam_open, places_to_rewatch, start_exam, submit_exam
from courses.services.flags import flag_paid_completions, unflag_paid_completions
from courses.services.forgetting import forget_attempt
from courses.services.outline import add_lesson, add_section, delete_lesson, delete_section, move_lesson, move_section, rename_section, update_lesson
from courses.services.questions import (
    add_standard_evaluation,
    delete_evaluation_question,
    delete_question,
    move_evaluation_question,
    move_question,
    save_evaluation_question,
    save_question,
)
from courses.services.versions import choose_activity, create_course, discard_draft, new_draft, publish_version, update_course, update_draft

__all__ = [
    "add_lesson",
    "add_section",
    "add_standard_evaluation",
    "affirm",
    "affirmation_wording",
    "allow_another_exam",
    "check_exam_open",
    "choose_activity",
    "close_library_players",
    "close_players",
    "complete_attempt",
    "create_course",
    "delete_evaluation_question",
    "delete_lesson",
    "delete_question",
    "delete_section",
    "discard_draft",
    "enroll_learner",
    "flag_paid_completions",
    "forget_attempt",
    "lesson_grant",
    "move_evaluation_question",
    "move_lesson",
    "move_question",
    "move_section",
    "new_draft",
    "places_to_rewatch",
    "preview_grant",
    "publish_version",
    "rename_section",
    "require_access",
    "save_evaluation_question",
    "save_question",
    "start_again",
    "start_exam",
    "submit_evaluation",
    "submit_exam",
    "unflag_paid_completions",
    "update_course",
    "update_draft",
    "update_lesson",
]
