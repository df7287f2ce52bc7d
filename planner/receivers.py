"""News of the apps below that routes follow."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from courses.models import Course
from courses.signals import attempt_begun, course_changed
from credits.signals import rules_touched, standing_touched
from payments.signals import access_changed
from planner.services import note_news_of_board, note_news_of_course, note_news_of_person, note_news_of_workshop
from workshops.models import Workshop
from workshops.signals import seat_changed, workshop_changed


@receiver(seat_changed, dispatch_uid="planner.look_after_a_seat")
def look_after_a_seat(sender: Any, user: Any, workshop: Workshop, **kwargs: Any) -> None:
    """The person's own routes; that a seat less is free the others see by the clock, or when the last one goes."""
    note_news_of_person(user.pk)
    if workshop.seats.taken().count() >= workshop.total_capacity:
        note_news_of_workshop(workshop.pk)


@receiver(workshop_changed, dispatch_uid="planner.look_after_a_workshop")
def look_after_a_workshop(sender: Any, workshop: Workshop, **kwargs: Any) -> None:
    note_news_of_workshop(workshop.pk)


@receiver(attempt_begun, dispatch_uid="planner.look_after_an_attempt")
def look_after_an_attempt(sender: Any, user: Any, **kwargs: Any) -> None:
    note_news_of_person(user.pk)


@receiver(course_changed, dispatch_uid="planner.look_after_a_course")
def look_after_a_course(sender: Any, course: Course, **kwargs: Any) -> None:
    note_news_of_course(course.pk)


@receiver(access_changed, dispatch_uid="planner.look_after_access")
def look_after_access(sender: Any, user: Any, **kwargs: Any) -> None:
    note_news_of_person(user.pk)


@receiver(standing_touched, dispatch_uid="planner.look_after_a_standing")
def look_after_a_standing(sender: Any, person_id: int, **kwargs: Any) -> None:
    note_news_of_person(person_id)


@receiver(rules_touched, dispatch_uid="planner.look_after_rules")
def look_after_rules(sender: Any, board: str, **kwargs: Any) -> None:
    note_news_of_board(board)
