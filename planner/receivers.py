"""News of the apps below that routes follow."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from courses.models import Course
from courses.signals import attempt_begun, course_changed
from credits.signals import rules_touched, standing_touched
from payments.signals import access_changed
from planner.models import Route
from planner.services import ask_for_person, ask_for_step, ask_to_look
from workshops.models import Workshop
from workshops.signals import seat_changed, workshop_changed


@receiver(seat_changed, dispatch_uid="planner.look_after_a_seat")
def look_after_a_seat(sender: Any, user: Any, workshop: Workshop, **kwargs: Any) -> None:
    """The person's own routes; that a seat less is free the others see by the clock, or when the last one goes."""
    ask_for_person(user.pk)
    if workshop.seats.taken().count() >= workshop.capacity:
        ask_for_step(workshop=workshop.pk)


@receiver(workshop_changed, dispatch_uid="planner.look_after_a_workshop")
def look_after_a_workshop(sender: Any, workshop: Workshop, **kwargs: Any) -> None:
    ask_for_step(workshop=workshop.pk)


@receiver(attempt_begun, dispatch_uid="planner.look_after_an_attempt")
def look_after_an_attempt(sender: Any, user: Any, **kwargs: Any) -> None:
    ask_for_person(user.pk)


@receiver(course_changed, dispatch_uid="planner.look_after_a_course")
def look_after_a_course(sender: Any, course: Course, **kwargs: Any) -> None:
    ask_for_step(course=course.pk)


@receiver(access_changed, dispatch_uid="planner.look_after_access")
def look_after_access(sender: Any, user: Any, **kwargs: Any) -> None:
    ask_for_person(user.pk)


@receiver(standing_touched, dispatch_uid="planner.look_after_a_standing")
def look_after_a_standing(sender: Any, person_id: int, **kwargs: Any) -> None:
    ask_for_person(person_id)


@receiver(rules_touched, dispatch_uid="planner.look_after_rules")
def look_after_rules(sender: Any, board: str, **kwargs: Any) -> None:
    ask_to_look(Route.objects.filter(pk__in=Route.objects.filter(licences__board__code=board).values("pk")))
