"""Builds the demonstration school through the same services its pages use. Each step is safe to repeat."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.core.files import File

from accounts.models import Role, User
from accounts.services import confirm_legal_name, grant_role
from core import clock, jobs
from core.models import Job
from courses.models import Course, CourseVersion
from courses.services import (
    add_lesson,
    add_section,
    add_standard_evaluation,
    choose_activity,
    create_course,
    publish_version,
    save_question,
    update_course,
    update_draft,
)
from credits.models import Accreditation, Activity, Board
from credits.services import add_licence, save_accreditation, save_activity
from credits.services.boards import load_boards
from demo import content
from demo.audits import make_audit
from demo.calling_off import make_called_off
from demo.checkin import make_checkin
from demo.demand import make_demand
from demo.deposits import make_balance, make_deposits
from demo.earlier import make_earlier_certificates, make_officers_list
from demo.elsewhere import make_earned_elsewhere
from demo.petitions import make_petition_and_gap
from demo.registrations import make_registrations
from demo.renewals import make_renewals
from demo.reports import show_reports
from demo.roster import make_roster
from demo.routes import make_routes
from demo.rules import make_rules
from demo.schedule import make_series
from demo.waiting import make_policy, make_waiting_list
from payments.models import Product, PromotionCode
from payments.services import ItemInput, save_product, save_promotion_code, set_on_sale, set_price
from payments.subjects import LIBRARY
from streaming.demo_film import draw_lesson, lesson_captions, lesson_chapters
from streaming.models import Transcode, VideoAsset
from streaming.services import create_asset_from_file, save_caption, set_chapters
from workshops.models import Venue, Workshop
from workshops.near.address_book import load_places
from workshops.roster.services import complete_workshop, mark_block
from workshops.services import BlockInput, publish_workshop, register_learner, save_workshop

Say = Callable[[str], None]
Categories = tuple[tuple[str, str], ...]  # code, units
PROVIDER = {"provider_name": "SMRT School", "provider_number": "EXAMPLE-000000"}
ANNOUNCED_LATER = timedelta(days=60)
TOPICS = {"Knee": "knee", "Hip": "hip", "Shoulder and neck": "shoulder"}


def build_school(say: Say) -> None:
    """Make everything the demonstration needs; what is there already stays as it is."""
    say("people of each role")
    people = {person.email: make_person(person) for person in content.PEOPLE}
    staff, officer, instructor = (people[f"{name}@example.org"] for name in ("staff", "officer", "instructor"))
    say("boards and their rules of certificates")
    load_boards()
    say("an address book of places")
    load_places()
    for person in content.PEOPLE:
        for code, number, jurisdiction, issued_on in person.licences:
            board = Board.objects.get(code=code)
            add_licence(user=people[person.email], board=board, number=number, jurisdiction=jurisdiction, issued_on=issued_on)
    make_rules(officer=officer, second=people["second.officer@example.org"], say=say)
    films = [lesson for course in content.COURSES for lesson in course.lessons]
    for place, lesson in enumerate(films, start=1):
        if not is_handed_in(lesson):
            say(f"drawing film {place} of {len(films)}: {lesson.title}")
            make_film(lesson, uploaded_by=instructor)
    say("transcoding the films")
    demonstrated = Transcode.objects.filter(asset__title__in=[lesson.title for lesson in films])
    finish_jobs("streaming.", args__transcode__in=list(demonstrated.values_list("pk", flat=True)))  # other people's films take their own time
    say("courses")
    for course in content.COURSES:
        make_course(course, staff=staff, officer=officer, instructor=instructor)
    say("people who renew")
    make_renewals()
    say("workshops")
    make_policy(staff=staff)
    make_workshops(staff=staff, officer=officer, instructor=instructor, learners=[people["learner@example.org"], people["bodyworker@example.org"]])
    make_waiting_list(people=[people["learner@example.org"], people["trainer@example.org"], people["new@example.org"]])
    make_series(staff=staff)
    say("credit earned at other schools")
    make_earned_elsewhere(learner=people["learner@example.org"], reviewer=officer)
    say("an audit of a workshop")
    finish_jobs("credits.")  # what was completed is awarded and certified
    make_audit(officer=officer)
    say("a roster that waits for a decision")
    roster = [people[f"{name}@example.org"] for name in ("learner", "bodyworker", "trainer")]
    make_roster(staff=staff, officer=officer, instructor=instructor, people=roster)
    make_checkin(instructor=instructor)
    say("a workshop that does not take place")
    make_called_off(staff=staff, chooses=people["bodyworker@example.org"], moved=people["trainer@example.org"])
    say("certificates of earlier years")
    make_earlier_certificates(officer=officer, finish=finish_jobs)
    make_officers_list(officer=officer, staff=staff)
    finish_jobs("credits.")
    say("the post room")
    show_reports(officer=officer)
    say("a petition")
    make_petition_and_gap(trainer=people["bodyworker@example.org"], officer=officer)
    say("what is sold")
    for product in content.PRODUCTS:
        make_product(product, staff=staff)
    make_deposits(staff=staff)
    make_promotion(staff=staff)
    say("what workshops ask")
    make_registrations(staff=staff, learner=people["learner@example.org"])
    make_balance(learner=people["learner@example.org"])
    say("routes to a renewal")
    make_routes(learner=people["learner@example.org"])
    say("towns that ask for a workshop")
    make_demand(learner=people["learner@example.org"])


def make_person(person: content.Person) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(person.email, content.PASSWORD, display_name=person.display_name, time_zone=person.time_zone)
        user.is_staff = Role.STAFF in person.roles
        user.save(update_fields=["is_staff"])
    EmailAddress.objects.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    for role in person.roles:
        grant_role(user=user, role=role, granted_by=None)
    if user.legal_name is None and person.email != "new@example.org":
        confirm_legal_name(user=user, given_names=person.given_names, family_name=person.family_name, confirmed_by=user)
    return user


def make_activity(*, officer: User, title: str, kind: str, components: list[dict[str, Any]]) -> Activity:
    found = Activity.objects.filter(title=title, kind=kind).first()
    values = {"title": title, "kind": kind, "components": components, "instructor_name": "Ada Rivera", "instructor_credentials": "LMT, BCTMB"}
    return found or save_activity(officer=officer, values=values)


def make_accreditation(
    *, officer: User, activity: Activity, board: str, title: str, units: str, mode: str, number: str, categories: Categories = ()
) -> Accreditation:
    """`categories` are those the title speaks of, with their units; without, all of it is technique."""
    found = activity.accreditations.filter(board__code=board).first()
    values = {
        "activity": activity,
        "board": Board.objects.get(code=board),
        "approved_title": title,
        "units": Decimal(units),
        "mode": mode,
        "category_split": [{"category": category, "units": part} for category, part in categories or (("technique", units),)],
        "approval_number": number,
        "valid_from": date(2026, 1, 1),
        "valid_to": date(clock.now().year + 2, 12, 31),
        "status": Accreditation.Status.IN_FORCE,
        **PROVIDER,
    }
    return found or save_accreditation(officer=officer, values=values)


def make_course(course: content.CourseContent, *, staff: User, officer: User, instructor: User) -> None:
    """One published course; begun ones are thrown away and written again."""
    if Course.objects.filter(slug=course.slug, current_version__isnull=False).exists():
        return
    CourseVersion.objects.filter(course__slug=course.slug).delete()
    Course.objects.filter(slug=course.slug).delete()
    activity = make_activity(officer=officer, title=course.title, kind="home_study", components=[{"mode": "self_paced", "minutes": 60}])
    for board, title, units, number in course.approvals:
        make_accreditation(officer=officer, activity=activity, board=board, title=title, units=units, mode="self_paced", number=number)
    version = create_course(title=course.title, author=staff, slug=course.slug, instructor=instructor)
    update_draft(
        version=version,
        values={
            "summary": course.summary,
            "objectives": course.objectives,
            "topic": TOPICS[course.topic],
            "instructor_name": "Ada Rivera",
            "instructor_credentials": "LMT, BCTMB",
            "instructor_bio": "Ada has taught SMRT for twelve years and keeps a practice in Pensacola.",
            "policies": content.POLICIES,
            "questions_asked": len(course.questions),
            "pass_mark": 70,
        },
    )
    choose_activity(version=version, activity=activity)
    section = add_section(version=version, title=course.topic)
    lessons = []
    for lesson in course.lessons:
        asset = VideoAsset.objects.ready().filter(title=lesson.title).latest("pk")
        lessons.append(add_lesson(section=section, title=lesson.title, asset=asset, is_preview=lesson.is_preview, notes=lesson.notes))
    for place, question in enumerate(course.questions):
        right = place % 4
        choices = [*question.wrong[:right], question.right, *question.wrong[right:]]
        save_question(version=version, text=question.text, choices=choices, right=right, explanation=question.explanation, lesson=lessons[question.lesson])
    add_standard_evaluation(version=version)
    published = publish_version(version=version, by=staff)
    update_course(course=published.course, by=staff, visibility=Course.Visibility.LISTED, is_free=course.is_free, instructor=instructor)


def is_handed_in(lesson: content.LessonContent) -> bool:
    """Whether its film is there with everything: the chapters are the last that `make_film` writes."""
    return VideoAsset.objects.exclude(state=VideoAsset.State.FAILED).filter(title=lesson.title, chapters__isnull=False).exists()


def make_film(lesson: content.LessonContent, *, uploaded_by: User) -> None:
    """Draw the lesson's film and hand it in as an upload; its transcoding goes on while the next is drawn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{lesson.scene}.mp4"
        draw_lesson(path, title=lesson.title, scene=lesson.scene, seconds=lesson.seconds)
        with path.open("rb") as film:
            asset = create_asset_from_file(title=lesson.title, file=File(film), original_name=path.name, uploaded_by=uploaded_by)
        captions = lesson_captions(scene=lesson.scene, seconds=lesson.seconds, title=lesson.title)
        save_caption(asset=asset, language="en", label="English", data=captions.encode())
        set_chapters(asset=asset, chapters=lesson_chapters(scene=lesson.scene, seconds=lesson.seconds))


def finish_jobs(prefix: str, **wanted: Any) -> None:
    """Wait until no job of these kinds (and of what is `wanted`) is left, doing here what no worker has taken or a killed one held too long."""
    while waiting := list(Job.objects.open().filter(kind__startswith=prefix, run_after__lte=clock.now(), **wanted)):
        if not any(jobs.run(row.pk) for row in waiting):
            time.sleep(0.5)


def make_workshops(*, staff: User, officer: User, instructor: User, learners: list[User]) -> None:
    venues = [make_venue(venue) for venue in content.VENUES]
    for place, in_days, title, capacity in content.WORKSHOPS:
        make_workshop(venues[place], in_days, title, capacity, staff=staff, officer=officer, instructor=instructor, learners=learners)


def make_venue(venue: content.VenueContent) -> Venue:
    notes = "Step-free entrance. Parking behind the house."
    found, _ = Venue.objects.get_or_create(name=venue.name, defaults={**vars(venue), "country": "US", "access_notes": notes})
    return found


def make_workshop(venue: Venue, in_days: int, title: str, capacity: int, *, staff: User, officer: User, instructor: User, learners: list[User]) -> None:
    stem = title.lower().replace(", ", "-").replace(" ", "-")
    slug = f"{stem}-{venue.city.lower()}" + ("-last-month" if in_days < 0 else f"-{capacity}")
    if Workshop.objects.filter(slug=slug).exclude(state=Workshop.State.DRAFT).exists():
        return
    activity = make_activity(officer=officer, title=title, kind="workshop", components=[{"mode": "in_person_hands_on", "minutes": 360}])
    for board, number in (("ncbtmb_ap", "EXAMPLE-2001"), ("us_fl_massage", "EXAMPLE-20-1")):
        make_accreditation(
            officer=officer, activity=activity, board=board, title=title, units="6", mode="in_person_hands_on", number=number,
            categories=content.WORKSHOP_CATEGORIES.get(title, ()),
        )  # fmt: skip
    workshop = Workshop.objects.filter(slug=slug).first() or Workshop(slug=slug)
    workshop.is_free = slug not in content.SOLD_WORKSHOPS
    workshop.title, workshop.activity, workshop.venue, workshop.capacity = title, activity, venue, capacity
    workshop.instructor, workshop.instructor_name = instructor, "Ada Rivera, LMT, BCTMB"
    workshop.summary = "One day in a small group: see it, feel it, do it. You leave with holds you can use on Monday."
    workshop.description = "We work in pairs on real tissue. Every hold is shown, felt and repeated until it is yours."
    workshop.prerequisites = "A licence or certification in bodywork or training, or a student’s card."
    workshop.what_to_bring = "Loose clothes, a sheet, something to write with."
    workshop.cancellation_policy = "Tell us as soon as you know: somebody may be waiting for your seat."
    start = clock.now().astimezone(ZoneInfo(venue.time_zone)).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=in_days)
    hours = ((0, 3, "instruction", "Anatomy in the hands, first holds"), (3, 4, "meal", ""), (4, 7, "instruction", "Pairs, correction, routine"))
    blocks = [
        BlockInput(starts_at=start + timedelta(hours=begin), ends_at=start + timedelta(hours=end), kind=kind, topic=topic) for begin, end, kind, topic in hours
    ]
    announced = [replace(block, starts_at=block.starts_at + ANNOUNCED_LATER, ends_at=block.ends_at + ANNOUNCED_LATER) for block in blocks]
    save_workshop(workshop=workshop, blocks=announced if in_days < 0 else blocks, by=staff)
    publish_workshop(workshop=workshop, by=staff)
    if in_days >= 0:
        if capacity == 1:
            register_learner(workshop=workshop, learner=learners[-1])
        elif in_days < 15:
            register_learner(workshop=workshop, learner=learners[0])
        return
    # A workshop that has taken place was announced before it did: seats first, then its real dates.
    for learner in learners:
        register_learner(workshop=workshop, learner=learner)
    workshop.refresh_from_db()
    save_workshop(workshop=workshop, blocks=blocks, by=staff)
    for seat in workshop.seats.confirmed():
        for block in workshop.blocks.filter(kind="instruction"):
            mark_block(seat=seat, block=block, present=True, by=instructor)
    complete_workshop(workshop=workshop, by=instructor)


def make_product(product: content.ProductContent, *, staff: User) -> None:
    """One product on sale, if everything it opens is there."""
    subjects = [_subject(kind, slug) for kind, slug, _share in product.opens]
    found = Product.objects.filter(slug=product.slug).first()
    if (found and found.is_active) or not all(subjects):
        return
    row = found or Product(slug=product.slug)
    row.kind, row.title, row.summary, row.refund_policy = product.kind, product.title, product.summary, product.refund_policy
    row.access_days, row.for_organizations, row.finish_note = product.access_days, product.for_organizations, product.finish_note
    row.finish_by = date(clock.now().year, 12, 31) if product.finish_note else None
    items = [ItemInput(subject, share) for subject, (_kind, _slug, share) in zip(subjects, product.opens, strict=True)]
    save_product(product=row, items=items, by=staff)
    for price in product.prices:
        set_price(product=row, by=staff, currency="usd", **vars(price))
    set_on_sale(product=row, on_sale=True, by=staff)


def _subject(kind: str, slug: str) -> str:
    """What payments calls it; "" when it is not there."""
    if kind == "library":
        return LIBRARY
    found = Course.objects.filter(slug=slug).first() if kind == "course" else Workshop.objects.filter(slug=slug).first()
    return found.subject if found else ""


def make_promotion(*, staff: User) -> None:
    code, percent, note = content.PROMOTION
    if not PromotionCode.objects.filter(code=code).exists():
        save_promotion_code(code=PromotionCode(code=code, percent_off=percent, note=note, created_by=staff), products=[], by=staff)
