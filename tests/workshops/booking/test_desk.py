"""The desk: what is asked, what was answered, statements, waivers, and what goes in time."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from core.errors import DomainError
from credits.retention.holds import place_hold
from credits.retention.services import remove_expired
from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.booking import QuestionFactory, RegistrationFactory, RequirementFactory, WaiverVersionFactory
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.booking.asking import copy_what_is_asked, save_question
from workshops.booking.services import Told, review_statement, save_details
from workshops.models import Answer, Question, Registration, Requirement, Statement, Waiver, WaiverAcceptance


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    return person


def asks(workshop):
    return reverse("workshops_desk:asks", args=[workshop.pk])


def test_questions_requirements_and_the_waiver_are_set_on_one_page(client, staff):
    workshop, waiver = workshop_with_blocks(), WaiverVersionFactory().waiver

    client.post(asks(workshop), {"form": "question", "text": "Table?", "kind": "choice", "choices": "Own\nOwn\n Yours ", "is_required": "on"})
    client.post(asks(workshop), {"form": "requirement", "requirement-kind": "statement", "requirement-words": "You work with clients."})
    client.post(asks(workshop), {"form": "waiver", "waiver": waiver.pk})

    workshop.refresh_from_db()
    assert (Question.objects.get().choices, Requirement.objects.get().takes_statement, workshop.waiver) == (["Own", "Yours"], True, waiver)
    page = client.get(asks(workshop)).content.decode()
    assert ("Table?" in page, "You work with clients." in page) == (True, True)


@pytest.mark.parametrize(
    "data",
    [
        {"form": "question", "text": "", "kind": "text"},
        {"form": "question", "text": "Table?", "kind": "choice", "choices": "One"},
        {"form": "requirement", "requirement-kind": "activity"},
        {"form": "requirement", "requirement-kind": "statement"},
        {"form": "waiver", "waiver": "999"},
    ],
)
def test_what_cannot_be_asked_is_refused_and_changes_nothing(client, staff, data):
    workshop = workshop_with_blocks()

    response = client.post(asks(workshop), data)

    workshop.refresh_from_db()
    assert (response.status_code, Question.objects.exists(), Requirement.objects.exists(), workshop.waiver) == (422, False, False, None)


def test_an_answered_question_keeps_its_words_and_is_withdrawn_not_deleted(client, staff):
    workshop = workshop_with_blocks()
    question = QuestionFactory(workshop=workshop)
    save_details(workshop=workshop, learner=UserFactory(), told=Told(answers={question.pk: "None"}))
    values = {"kind": "text", "text": "Other words?", "choices": [], "help_text": "", "is_required": False}

    with pytest.raises(DomainError, match="have answered"):
        save_question(workshop=workshop, by=staff, values=values, question=question)
    client.post(reverse("workshops_desk:question_withdraw", args=[workshop.pk, question.pk]))

    question.refresh_from_db()
    assert (question.withdrawn_at is not None, Answer.objects.get().value) == (True, "None")


def test_answers_are_shown_and_exported_as_text(client, staff):
    workshop = workshop_with_blocks()
    question, seat = QuestionFactory(workshop=workshop), SeatFactory(workshop=workshop)
    save_details(workshop=workshop, learner=seat.learner, told=Told(answers={question.pk: "=1+1"}))

    page = client.get(reverse("workshops_desk:answers", args=[workshop.pk])).content.decode()
    lines = list(csv.reader(io.StringIO(client.get(reverse("workshops_desk:answers_file", args=[workshop.pk])).content.decode())))

    assert ("=1+1" in page, lines[0][-1], lines[1][-1]) == (True, question.text, "'=1+1")


@pytest.mark.parametrize("count", [1, 3])
def test_answers_cost_the_same_for_any_number(client, staff, django_assert_max_num_queries, count):
    workshop = workshop_with_blocks(waiver=WaiverVersionFactory().waiver)
    question = QuestionFactory(workshop=workshop)
    RequirementFactory(workshop=workshop)
    for seat in SeatFactory.create_batch(count, workshop=workshop):
        save_details(workshop=workshop, learner=seat.learner, told=Told(answers={question.pk: "None"}))

    with django_assert_max_num_queries(19):
        client.get(reverse("workshops_desk:answers", args=[workshop.pk]))


@pytest.fixture
def statement(db):
    requirement = RequirementFactory(workshop=workshop_with_blocks(), kind="level", takes_statement=True)
    registration = RegistrationFactory(workshop=requirement.workshop)
    return Statement.objects.create(registration=registration, requirement=requirement, text="Ten years at Bayfront.")


def test_a_statement_is_read_and_its_person_told(client, staff, statement):
    assert "Ten years at Bayfront." in client.get(reverse("workshops_desk:statement_list")).content.decode()

    for _ in range(2):
        client.post(reverse("workshops_desk:statement_review", args=[statement.pk]), {"enough": "1"})

    statement.refresh_from_db()
    assert (statement.state, statement.reviewed_by, MailMessage.objects.get().template) == ("accepted", staff, "workshops/mail/statement_reviewed")


def test_no_without_a_word_is_refused(staff, statement):
    with pytest.raises(DomainError) as refusal:
        review_statement(statement=statement, by=staff, is_enough=False)

    statement.refresh_from_db()
    assert (refusal.value.code, statement.state, MailMessage.objects.exists()) == ("note_needed", "waiting", False)


def test_a_waiver_is_written_and_gets_a_new_version(client, staff):
    client.post(reverse("workshops_desk:waiver_create"), {"name": "Hands-on", "text": "One."})
    waiver = Waiver.objects.get()
    client.post(reverse("workshops_desk:waiver_detail", args=[waiver.pk]), {"text": "Two."})
    client.post(reverse("workshops_desk:waiver_detail", args=[waiver.pk]), {"text": "Two."})
    taken = client.post(reverse("workshops_desk:waiver_create"), {"name": "Hands-on", "text": "Three."})

    assert (list(waiver.versions.values_list("number", "text")), taken.status_code) == ([(2, "Two."), (1, "One.")], 422)


def test_an_instructor_reads_waivers_and_writes_none(client, db):
    client.force_login(user_with_role(Role.INSTRUCTOR))
    waiver = WaiverVersionFactory().waiver

    client.post(reverse("workshops_desk:waiver_detail", args=[waiver.pk]), {"text": "Mine."})

    assert waiver.versions.count() == 1


def test_a_copy_asks_the_same_once(db):
    source, target, by = WorkshopFactory(waiver=WaiverVersionFactory().waiver), WorkshopFactory(), UserFactory()
    QuestionFactory(workshop=source)
    RequirementFactory(workshop=source)

    for _ in range(2):
        copy_what_is_asked(source=source, target=target, by=by)

    target.refresh_from_db()
    assert (target.questions.count(), target.requirements.count(), target.waiver) == (1, 1, source.waiver)


def test_answers_go_a_year_after_the_workshop_and_a_hold_keeps_them(db):
    ended = timezone.now() - timedelta(days=370)
    workshop = WorkshopFactory(starts_at=ended - timedelta(hours=7), waiver=WaiverVersionFactory().waiver)
    question = QuestionFactory(workshop=workshop)
    rows = [RegistrationFactory(workshop=workshop, invited_as="Noa") for _ in range(2)]
    for row in rows:
        Answer.objects.create(registration=row, question=question, value="A stiff neck")
        WaiverAcceptance.objects.create(registration=row, version=workshop.waiver.versions.get(), name="Noa")
    place_hold(officer=user_with_role(Role.CE_OFFICER), reason="Letter 1", person=rows[1].learner)

    for _ in range(2):
        remove_expired()

    assert list(Answer.objects.values_list("registration", flat=True)) == [rows[1].pk]
    assert list(Registration.objects.order_by("pk").values_list("invited_as", flat=True)) == ["", "Noa"]
    assert WaiverAcceptance.objects.count() == 2


def test_the_answers_of_a_coming_workshop_stay(db):
    row = RegistrationFactory()
    Answer.objects.create(registration=row, question=QuestionFactory(workshop=row.workshop), value="A stiff neck")

    remove_expired()

    assert Answer.objects.exists()
