"""The ledger for tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import factory
from django.core.files.base import ContentFile
from django.utils import timezone

from core.clock import civil_date
from credits.models import (
    Accreditation,
    Activity,
    Award,
    AwardEntry,
    AwardHolder,
    BirthDate,
    Board,
    ClosedCycle,
    DeliveryMode,
    Dossier,
    ExternalCredit,
    ExternalEntry,
    ExternalProof,
    HeldCredential,
    Licence,
    LicenceOverride,
    LicenceRenewal,
    LicenceStatus,
    MetDuty,
    OfficerTask,
    RuleRevision,
)
from credits.rulebook import yaml_text
from credits.rulebook.loading import RULES
from tests.factories.accounts import UserFactory


class BoardFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Board
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"board_{n:05}")
    name = factory.Sequence(lambda n: f"Board {n:05} of Massage Therapy")
    kind = Board.Kind.STATE_BOARD
    jurisdiction = "US-FL"
    unit_singular = "hour"
    unit_plural = "hours"
    unit_printed = "hours"


class ActivityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Activity

    title = factory.Sequence(lambda n: f"SMRT for the knee {n:05}")
    instructor_name = "Ana Ruiz"
    instructor_credentials = "LMT"
    kind = Activity.Kind.HOME_STUDY
    components = factory.LazyAttribute(lambda o: [{"mode": "self_paced" if o.kind == Activity.Kind.HOME_STUDY else "in_person_hands_on", "minutes": 360}])


class AccreditationFactory(factory.django.DjangoModelFactory):
    """In force from 2020 without end."""

    class Meta:
        model = Accreditation

    activity = factory.SubFactory(ActivityFactory)
    board = factory.SubFactory(BoardFactory)
    approved_title = factory.LazyAttribute(lambda o: o.activity.title)
    units = Decimal("6")
    mode = factory.LazyAttribute(lambda o: DeliveryMode.SELF_PACED if o.activity.kind == Activity.Kind.HOME_STUDY else DeliveryMode.IN_PERSON_HANDS_ON)
    approval_number = factory.Sequence(lambda n: f"A-{n:05}")
    provider_number = "P-1"
    provider_name = "SMRT School"
    valid_from = date(2020, 1, 1)
    status = Accreditation.Status.IN_FORCE


class LicenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Licence

    user = factory.SubFactory(UserFactory)
    board = factory.SubFactory(BoardFactory)
    number = factory.Sequence(lambda n: f"MA{n:05}")


LONG_AGO = timezone.now() - timedelta(days=8 * 366)  # beyond the years of keeping


class DossierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Dossier

    key = factory.Sequence(lambda n: f"course-attempt:{n + 1_000_000}")  # far from the keys of real attempts
    user = factory.SubFactory(UserFactory)
    activity = factory.SubFactory(ActivityFactory)
    kind = factory.LazyAttribute(lambda o: o.activity.kind)
    completed_at = factory.LazyFunction(timezone.now)
    zone = "America/New_York"
    completed_on = factory.LazyAttribute(lambda o: civil_date(o.completed_at, o.zone))
    facts = factory.LazyFunction(dict)
    trace = factory.LazyAttribute(lambda o: {"code": "completed", "met": True, "title": "Completed", "why": "", "todo": "", "children": []})
    sha256 = "0" * 64


class AwardFactory(factory.django.DjangoModelFactory):
    """An active award under an accreditation, with its holder and first entry; `plain=True` gives the provider's own."""

    class Meta:
        model = Award
        skip_postgeneration_save = True

    class Params:
        plain = factory.Trait(accreditation=None, licence=None, board=None, units=None, unit_printed="", board_name="", approval_board_name="")

    dossier = factory.SubFactory(DossierFactory)
    key = factory.LazyAttribute(lambda o: f"dossier:{o.dossier.pk}:accreditation:{o.accreditation.pk if o.accreditation else 'plain'}")
    accreditation = factory.SubFactory(AccreditationFactory, activity=factory.SelfAttribute("..dossier.activity"))
    board = factory.LazyAttribute(lambda o: o.accreditation.board)
    title = factory.LazyAttribute(lambda o: o.dossier.activity.title)
    units = Decimal("6")
    unit_printed = "hours"
    mode = factory.LazyAttribute(lambda o: DeliveryMode.SELF_PACED if o.dossier.kind == Activity.Kind.HOME_STUDY else DeliveryMode.IN_PERSON_HANDS_ON)
    contact_minutes = 360
    approval_number = factory.LazyAttribute(lambda o: o.accreditation.approval_number if o.accreditation else "")
    provider_number = "P-1"
    provider_name = "SMRT School"
    board_name = factory.LazyAttribute(lambda o: o.board.name)
    approval_board_name = factory.LazyAttribute(lambda o: o.accreditation.board.name)
    instructor_name = factory.LazyAttribute(lambda o: o.dossier.activity.instructor_name)
    instructor_credentials = "LMT"
    completed_on = factory.LazyAttribute(lambda o: o.dossier.completed_on)
    trace = factory.LazyAttribute(lambda o: {"code": "award", "met": True, "title": "Credit", "why": "", "todo": "", "children": []})

    @factory.post_generation
    def holder(award, create, extracted, **kwargs):
        if create:
            number = award.licence.number if award.licence else ""
            values = {"legal_name_printed": "Zoë Đặng", "licence_number": number, **kwargs}
            AwardHolder.objects.create(award=award, user=award.dossier.user, **values)
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.ISSUED)


class LicenceStatusFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LicenceStatus

    licence = factory.SubFactory(LicenceFactory)
    begins_on = date(2024, 1, 1)
    status = LicenceStatus.Status.INACTIVE


class LicenceRenewalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LicenceRenewal

    licence = factory.SubFactory(LicenceFactory)
    cycle_end = date(2025, 8, 31)
    submitted_on = date(2025, 8, 1)


class MetDutyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MetDuty

    licence = factory.SubFactory(LicenceFactory)
    code = "ethics"
    cycle_end = date(2023, 8, 31)


class LicenceOverrideFactory(factory.django.DjangoModelFactory):
    """A waiver that stands."""

    class Meta:
        model = LicenceOverride

    licence = factory.SubFactory(LicenceFactory)
    cycle_end = date(2025, 8, 31)
    required = Decimal("0")
    reason = "A waiver of the board"
    officer = factory.SubFactory(UserFactory)


class HeldCredentialFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HeldCredential

    user = factory.SubFactory(UserFactory)
    credential = "cpr"
    expires_on = date(2027, 3, 31)


class BirthDateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BirthDate

    user = factory.SubFactory(UserFactory)
    born_on = date(1985, 6, 15)


class RuleRevisionFactory(factory.django.DjangoModelFactory):
    """Florida's file as a revision that has been in force since 2020. Another `text` gives another content."""

    class Meta:
        model = RuleRevision

    board = factory.SubFactory(BoardFactory, code="us_fl_massage")
    number = factory.Sequence(lambda n: n + 1)
    origin = RuleRevision.Origin.FILE
    state = RuleRevision.State.APPROVED
    text = factory.LazyAttribute(lambda o: (RULES / f"{o.board.code}.yaml").read_text(encoding="utf-8"))
    content = factory.LazyAttribute(lambda o: yaml_text.parse(o.text))
    reason = "As the board's text has it."
    approved_at = datetime(2020, 1, 1, tzinfo=UTC)
    in_force_from = factory.SelfAttribute("approved_at")
    took_force_at = factory.SelfAttribute("in_force_from")


class ExternalProofFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ExternalProof

    user = factory.SubFactory(UserFactory)
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7 a certificate", "proof"))
    name = "certificate.pdf"
    media_type = ExternalProof.Type.PDF
    size_bytes = 22
    sha256 = factory.Sequence(lambda n: f"{n:064x}")


class ExternalCreditFactory(factory.django.DjangoModelFactory):
    """Waits for review, with one proof; `status="accepted"` and so on add what happened since."""

    class Meta:
        model = ExternalCredit
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    board = factory.SubFactory(BoardFactory)
    title = factory.Sequence(lambda n: f"Lymph drainage {n:05}")
    provider_name = "Riverside Institute"
    completed_on = date(2026, 5, 9)
    units = Decimal("4")
    unit_printed = "hours"
    mode = DeliveryMode.IN_PERSON_HANDS_ON

    @factory.post_generation
    def status(credit, create, extracted, **kwargs):
        if create:
            credit.proofs.add(ExternalProofFactory(user=credit.user))
            ExternalEntry.objects.create(credit=credit, kind=ExternalEntry.Kind.SUBMITTED, actor=credit.user)
            if extracted and extracted != "waiting":
                ExternalEntry.objects.create(credit=credit, kind=extracted, note="The proof names another person.")


class ClosedCycleFactory(factory.django.DjangoModelFactory):
    """A cycle of Florida's length that lost six units, to be decided."""

    class Meta:
        model = ClosedCycle

    licence = factory.SubFactory(LicenceFactory)
    award = factory.SubFactory(AwardFactory)
    cause = ClosedCycle.Cause.REVOKED
    cycle_end = date(2025, 8, 31)
    unit = "hours"
    before = factory.LazyFunction(lambda: _cycle_figures("24", "0"))
    after = factory.LazyFunction(lambda: _cycle_figures("18", "6"))
    task = factory.LazyAttributeSequence(
        lambda o, n: OfficerTask.objects.create(kind=OfficerTask.Kind.CLOSED_CYCLE, key=f"closed-cycle:{n}", title="A change reaches a closed cycle")
    )


def _cycle_figures(applied, needed):
    return {
        "start": "2023-09-01", "end": "2025-08-31", "status": "short" if needed != "0" else "met", "required": "24", "applied": applied, "needed": needed,
        "missing": [], "carried_out": "0",
    }  # fmt: skip
