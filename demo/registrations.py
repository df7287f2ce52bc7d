"""What the demonstration's workshops ask, and somebody who answered and brings a colleague."""

from __future__ import annotations

from accounts.models import User
from workshops.booking.asking import choose_waiver, save_question, save_requirement, write_waiver
from workshops.booking.services import Guest, Told, keep_booking, save_details, take_seats
from workshops.models import Question, Requirement, Seat, Waiver, Workshop

NAME = "Hands-on practice"
TEXT = """We practise on each other. I say at once when something hurts or when I want to stop, and I stop when my partner says so.

I have told the instructor of injuries, operations and medication that matter for work on my body. I take part on my own responsibility."""
QUESTIONS = (
    {
        "kind": Question.Kind.TEXT,
        "text": "Is there an injury or operation we should know of?",
        "help_text": "Only the instructor and the school read it.",
        "is_required": True,
        "choices": [],
    },
    {
        "kind": Question.Kind.CHOICE,
        "text": "Where do you work?",
        "help_text": "",
        "is_required": False,
        "choices": ["Own practice", "Clinic", "Gym", "Still learning"],
    },
)


def make_registrations(*, staff: User, learner: User) -> None:
    """Free workshops to come ask two questions, a licence and a waiver; the learner has answered and registered a colleague."""
    waiver = Waiver.objects.filter(name=NAME).first() or write_waiver(name=NAME, text=TEXT, by=staff).waiver
    for workshop in Workshop.objects.coming().select_related("venue"):
        if workshop.waiver_id is None:
            choose_waiver(workshop=workshop, waiver=waiver, by=staff)
        if not workshop.questions.exists():
            for values in QUESTIONS:
                save_question(workshop=workshop, by=staff, values=dict(values))
        if not workshop.requirements.exists():
            save_requirement(workshop=workshop, by=staff, values={"kind": Requirement.Kind.LICENCE, "takes_statement": True})
    seat = Seat.objects.coming_for(learner).filter(workshop__is_free=True, workshop__capacity__gt=4).first()
    if seat is None or seat.workshop.bookings.filter(buyer=learner).exists() or seat.workshop.seats.taken().count() >= seat.workshop.capacity:
        return
    workshop = Workshop.objects.get(pk=seat.workshop_id)
    tell(workshop, learner)
    take_seats(booking=keep_booking(workshop=workshop, buyer=learner, is_coming=False, guests=[Guest("colleague@example.org", "Noa Berg")]))


def tell(workshop: Workshop, learner: User) -> None:
    """What the learner answers to the demonstration's questions, and the waiver."""
    answers = dict(zip(workshop.questions.values_list("pk", flat=True), ("An old sprain of the left ankle.", "Own practice"), strict=False))
    waiver = workshop.waiver.versions.latest("number").pk if workshop.waiver else None
    save_details(workshop=workshop, learner=learner, told=Told(answers=answers, waiver=waiver, waiver_name="Lena Learner"))
