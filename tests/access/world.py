"""One of everything, and the seven people who knock at every door."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Role, User
from accounts.organizations import create_organization
from core.errors import DomainError
from core.jobs import enqueue
from core.models import Job
from credits.audits.services import make_pack, request_pack
from credits.bulk.services import begin_bulk_change
from credits.certificates.services import issue_certificate
from credits.imports.columns import template_csv
from credits.imports.services import begin_import
from credits.models import Award, Certificate, FactVerification, OfficerTask
from credits.petitions.services import make_petition, request_petition
from credits.reminders.tokens import stop_token
from credits.reports.batches import make_batch
from credits.reports.corrections import leave_out
from credits.retention.holds import place_hold
from credits.revisions.drafts import start_draft
from credits.revisions.trials import run_trial, start_trial
from credits.services import award_completion, flag_completion, raise_task
from credits.transcripts.links import make_link
from notifications.models import MailMessage
from payments.services.seats import create_pool, invite, link_token, set_link
from streaming.services import open_session, save_caption
from streaming.services.uploads import open_upload
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.booking import QuestionFactory, RegistrationFactory, RequirementFactory, WaiverVersionFactory
from tests.factories.courses import complete_draft, completed, enrolled, exam_passed, published_course
from tests.factories.credits import (
    AccreditationFactory,
    AwardFactory,
    BoardFactory,
    ClosedCycleFactory,
    ExternalCreditFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    RuleRevisionFactory,
)
from tests.factories.payments import (
    AccessGrantFactory,
    BalanceFactory,
    OrderFactory,
    PaidOrderFactory,
    PaymentFactory,
    PriceFactory,
    ProductFactory,
    PromotionCodeFactory,
    SubscriptionFactory,
)
from tests.factories.planner import RouteFactory
from tests.factories.reports import ReportCourseFactory
from tests.factories.streaming import GrantFactory
from tests.factories.workshops import PAST, PinFactory, PolicyFactory, SeatFactory, workshop_with_blocks
from workshops.asking.links import link_token as asking_token
from workshops.booking.inviting import invite_guest
from workshops.booking.mail import invitation_token
from workshops.booking.tickets import ticket_code
from workshops.cancelling.services import call_off
from workshops.checkin.devices import enrol_device
from workshops.checkin.strokes import keep, read_drawing
from workshops.models import CheckinConflict, DemandCall, PaperSheet, SearchAlert, Series, Statement, WaitingEntry, WalkIn
from workshops.roster.services import ask_for_correction, mark_block, record_attendance, send_message
from workshops.roster.services.log import Proof
from workshops.transferring.services import offer_seat, transfer_token
from workshops.waiting.tokens import entry_token

PEOPLE = ("stranger", "learner", "owner", "instructor", "ce_officer", "staff", "manager")


@dataclass
class World:
    """The people by role, and the records that addresses name. `owner` owns them all; `instructor` teaches them."""

    people: dict[str, User | None]
    things: SimpleNamespace = field(default_factory=SimpleNamespace)


def build_world() -> World:
    """Everything the table's addresses need, made by the same services as on the site."""
    people: dict[str, Any] = {
        "stranger": None,
        "learner": UserFactory(email="learner@example.org"),
        "owner": LegalNameFactory(user__email="owner@example.org").user,
        "instructor": user_with_role(Role.INSTRUCTOR),
        "ce_officer": user_with_role(Role.CE_OFFICER),
        "staff": user_with_role(Role.STAFF),
        "manager": UserFactory(email="manager@example.org"),
    }
    world = World(people)
    _courses(world)
    _credits(world)
    _workshops(world)
    _organizations(world)
    _rest(world)
    return world


def _courses(world: World) -> None:
    owner, instructor, t = world.people["owner"], world.people["instructor"], world.things
    t.course = published_course(course__instructor=instructor, course__slug="the-knee")
    t.draft = complete_draft(course__instructor=instructor, course__slug="the-hip")
    t.completed_attempt = completed(enrolled(t.course, owner))
    t.attempt = enrolled(published_course(course__instructor=instructor, course__slug="the-jaw"), owner)
    t.exam = exam_passed(t.attempt)
    t.lesson = t.attempt.version.lessons.first()
    t.preview = t.course.current_version.lessons.get(is_preview=True)
    t.draft_section = t.draft.sections.first()
    t.draft_lesson = t.draft.lessons.first()
    t.draft_question = t.draft.exam_questions.first()
    t.draft_evaluation = t.draft.evaluation_questions.first()


def _credits(world: World) -> None:
    owner, t = world.people["owner"], world.things
    t.accreditation = AccreditationFactory(activity=t.course.current_version.activity)
    t.licence = LicenceFactory(user=owner, board=t.accreditation.board)
    t.spare_accreditation = AccreditationFactory(approval_letter=ContentFile(b"%PDF-1.7 a letter", "letter.pdf"))
    t.spare_licence = LicenceFactory(user=owner)
    t.stop_token = stop_token(user=owner, licence=t.licence)
    t.rule_draft = start_draft(officer=world.people["ce_officer"], board=BoardFactory(code="us_fl_massage"))
    t.rule_trial = start_trial(officer=world.people["ce_officer"], revision=t.rule_draft)
    run_trial(trial=t.rule_trial.pk)
    t.rule_revision = RuleRevisionFactory(number=7, state="waiting", approved_at=None, took_force_at=None)
    words = {"verified_by_name": "Olive Officer", "verified_on": date(2026, 11, 23), "source_seen": "The rule."}
    t.fact_verification = FactVerification.objects.create(board=t.rule_draft.board, kind="calendar", name="moon", digest="0" * 64, **words)
    t.renewal_of_licence, t.override = LicenceRenewalFactory(licence=t.licence), LicenceOverrideFactory(licence=t.licence)
    t.credential = HeldCredentialFactory(user=owner, proof=ContentFile(b"%PDF-1.7 a card", "card.pdf"))
    t.external = ExternalCreditFactory(user=owner, board=t.licence.board)
    t.external_proof = t.external.proofs.get()
    t.transcript_link = make_link(user=owner, name="For the board")
    t.dossier = t.completed_attempt.completion.dossier
    award_completion(dossier=t.dossier)
    t.dossier_file = t.dossier.files.create(name="roster.txt", content=b"signed", size_bytes=6, sha256="0" * 64)
    t.award = Award.objects.get(dossier=t.dossier)
    t.flag = flag_completion(key=t.dossier.key, reason="The course was refunded in full.", suspends=False)
    t.certificate = issue_certificate(award=t.award)
    assert t.certificate.state == Certificate.State.ISSUED
    unapproved = AwardFactory(units=7)  # its approval says 6, so no certificate can be made
    with contextlib.suppress(DomainError):
        issue_certificate(award=unapproved)
    t.failed_certificate = unapproved.certificate
    t.offering = t.accreditation.activity.offerings.first()
    t.closed_cycle = ClosedCycleFactory(licence=t.licence, award=t.award)
    t.bulk_change = begin_bulk_change(officer=world.people["ce_officer"], awards=[t.award.pk], kind="revoke", reason="Twice", reason_class="duplicate")
    table = SimpleUploadedFile("earlier.csv", template_csv().encode())
    t.certificate_import = begin_import(officer=world.people["ce_officer"], upload=table, source="The school's folders")
    t.task = raise_task(kind=OfficerTask.Kind.REPORT_DUE, key="report:access", title="Report to Georgia")

    BoardFactory(code="us_ga_massage")  # it wants reports, with consent
    t.hold = place_hold(officer=world.people["ce_officer"], reason="Letter 1", activity=t.spare_accreditation.activity)
    petitioned = LicenceFactory(user=owner, board=BoardFactory(code="ace", kind="fitness_body", name="ACE"), issued_on=None)
    t.petition = make_petition(pack=request_petition(dossier=t.completed_attempt.completion.dossier, board=petitioned.board), making=1)
    t.audit_pack = make_pack(pack=request_pack(officer=world.people["ce_officer"], purpose="Letter 1", learner=owner))
    _reports(world)


def _reports(world: World) -> None:
    officer, t = world.people["ce_officer"], world.things
    course = ReportCourseFactory()
    t.reported_award = AwardFactory(accreditation=course.accreditation, dossier__activity=course.accreditation.activity, holder__licence_number="MA1")
    t.report_batch = make_batch(board=course.route.board, officer=officer)
    t.report_row = t.report_batch.rows.get()
    t.report_omission = leave_out(award=t.award, officer=officer, reason="Entered by hand")


def _workshops(world: World) -> None:
    owner, instructor, t = world.people["owner"], world.people["instructor"], world.things
    t.workshop = workshop_with_blocks(instructor=instructor, slug="knee-soon")
    t.draft_workshop = workshop_with_blocks(instructor=instructor, slug="knee-draft", state="draft")
    t.past_workshop = workshop_with_blocks(instructor=instructor, slug="knee-past", starts_at=PAST)
    t.seat = SeatFactory(workshop=t.past_workshop, learner=owner)
    t.coming_seat = SeatFactory(workshop=t.workshop, learner=owner)
    t.waiting_entry = WaitingEntry.objects.create(workshop=t.workshop, learner=owner)
    t.policy = PolicyFactory()
    t.waiting_token = entry_token(t.waiting_entry)
    t.block = t.past_workshop.blocks.first()
    mark_block(seat=t.seat, block=t.block, present=True, by=instructor)
    t.entry = t.seat.attendance.first()
    t.correction = ask_for_correction(seat=t.seat, words="I stayed to the end.")
    words = {"audience": "seated", "subject": "Bring socks", "body": "The floor is cold.", "nonce": uuid.uuid4()}
    t.attendee_message = send_message(workshop=t.past_workshop, by=instructor, people=[owner], **words)
    t.venue = t.workshop.venue
    t.workshop_series = Series.objects.create(title="Knees of autumn")
    t.called_off = workshop_with_blocks(instructor=instructor, slug="knee-off", activity=t.workshop.activity)
    SeatFactory(workshop=t.called_off, learner=owner)
    call_off(workshop=t.called_off, by=world.people["staff"], reason="The roof leaks.")
    t.pin = PinFactory(user=owner)
    t.pin_link = SimpleNamespace(token=asking_token(t.pin))
    t.alert = SearchAlert.objects.create(user=owner, words="Workshops", state="active", confirmed_at=t.pin.confirmed_at, expires_on=t.pin.expires_on)
    t.alert_link = SimpleNamespace(token=asking_token(t.alert))
    t.demand_call = DemandCall.objects.create(level="all", label="Mobile, AL", lat=30.69, lng=-88.04)
    t.question, t.requirement = QuestionFactory(workshop=t.workshop), RequirementFactory(workshop=t.workshop, takes_statement=True)
    t.waiver = WaiverVersionFactory().waiver
    told = RegistrationFactory(workshop=t.workshop, learner=owner)
    t.statement = Statement.objects.create(registration=told, requirement=t.requirement, text="Ten years at Bayfront.")
    invite_guest(workshop=t.past_workshop, person=owner, name="Owner", by=world.people["staff"])
    t.ticket_code = ticket_code(t.coming_seat)
    t.invitation_token = invitation_token(invite_guest(workshop=t.workshop, person=UserFactory(), name="Noa", by=owner))
    t.transfer = offer_seat(seat=t.coming_seat, email="noa@example.org", name="Noa", by=owner)
    t.transfer_token = transfer_token(t.transfer)
    t.device = enrol_device(workshop=t.past_workshop, name="Door", by=instructor)
    made = {"device": t.device, "block": t.block, "at": PAST}
    t.conflict = CheckinConflict.objects.create(seat=t.seat, nonce=uuid.uuid4(), kind="out", code="other_device", detail="Choose.", **made)
    t.walk_in = WalkIn.objects.create(workshop=t.past_workshop, nonce=uuid.uuid4(), name="Wim", **made)
    t.sheet = PaperSheet.objects.create(
        workshop=t.past_workshop, name="sheet.pdf", media_type="application/pdf", size_bytes=4, uploaded_by=instructor, content=b"%PDF"
    )
    signature = keep(read_drawing({"width": 99, "height": 99, "strokes": [[[1, 1], [50, 50]]]}))
    t.signed_entry = record_attendance(seat=t.seat, block=t.block, kind="in", at=PAST, by=instructor, proof=Proof(signature=signature))


def _organizations(world: World) -> None:
    manager, t = world.people["manager"], world.things
    t.organization = create_organization(name="Knee clinic", by=manager)
    t.organization_price = PriceFactory(product=ProductFactory(subject=f"{t.course.subject}1", for_organizations=True))
    order = PaidOrderFactory(user=manager, price=t.organization_price, organization=t.organization, quantity=3)
    t.pool = set_link(pool=create_pool(line=order.lines.get()), is_on=True, by=manager)
    t.pool_token = link_token(t.pool)
    t.manager_pk = manager.pk
    invite(pool=t.pool, addresses=["ana@example.org"], by=manager)
    t.organization_seat = t.pool.seats.get(state="invited")


def _rest(world: World) -> None:
    owner, t = world.people["owner"], world.things
    t.access_grant = AccessGrantFactory(user=owner, subject=t.course.subject + "0")
    t.order = OrderFactory(user=owner)
    t.payment = PaymentFactory(order__user=owner)
    t.refund = t.payment.refunds.create(amount_cents=1, key="refund:access", reason_class="school")
    t.product, t.price = t.order.price.product, PriceFactory()
    t.promotion, t.paid_order = PromotionCodeFactory(), PaidOrderFactory(user=owner)
    t.balance = BalanceFactory(line=t.paid_order.lines.get())
    t.renewal = PaymentFactory(order=None, user=owner, subscription=SubscriptionFactory(user=owner), currency="usd", amount_cents=1900)
    t.watch_grant = GrantFactory(user=owner)
    t.asset = t.watch_grant.asset
    t.caption = save_caption(asset=t.asset, language="en", label="English", data=b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n")
    t.upload = open_upload(title="Knee", original_name="knee.mp4", size=10, by=world.people["staff"])
    t.message = MailMessage.objects.filter(recipient=owner).first()
    t.route = RouteFactory(user=owner, licences=[t.licence], workshop=t.workshop)
    t.people_owner, t.people_instructor = owner, world.people["instructor"]
    t.session = open_session(grant=t.watch_grant)
    t.job = enqueue("notifications.deliver", key=f"access:{uuid.uuid4()}", args={"message": 0})
    Job.objects.filter(pk=t.job.pk).update(state=Job.State.DEAD)
