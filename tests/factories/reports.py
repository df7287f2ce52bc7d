"""Consents and reports for tests."""

from datetime import date

import factory
from django.utils import timezone

from credits.models import ReportBatch, ReportConsent, ReportCourse, ReportRoute, ReportRow
from tests.factories.accounts import UserFactory
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory


class ReportConsentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReportConsent

    user = factory.SubFactory(UserFactory)
    board = factory.SubFactory(BoardFactory, code="us_ga_massage")
    word = ReportConsent.Word.GIVEN
    words = "I agree."
    at = factory.LazyFunction(timezone.now)


class ReportRouteFactory(factory.django.DjangoModelFactory):
    """Florida by CE Broker, from 2020 on, with every number that comes with the account."""

    class Meta:
        model = ReportRoute
        django_get_or_create = ("board",)

    board = factory.SubFactory(BoardFactory, code="us_fl_massage", name="Florida Board of Massage Therapy")
    system = "ce_broker"
    layout = "ce_broker_xls"
    report_from = date(2020, 1, 1)
    provider_number = "12773"
    state = "FL"
    profession_code = "MAS"


class ReportCourseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReportCourse

    route = factory.SubFactory(ReportRouteFactory)
    accreditation = factory.SubFactory(AccreditationFactory, board=factory.SelfAttribute("..route.board"))
    course_number = factory.Sequence(lambda n: f"{557000 + n}")


class ReportBatchFactory(factory.django.DjangoModelFactory):
    """A draft of one line."""

    class Meta:
        model = ReportBatch

    board = factory.SubFactory(BoardFactory, code="us_fl_massage")
    number = factory.Sequence(lambda n: n + 1)
    system = "ce_broker"
    layout = "ce_broker_xls"
    file_name = "roster.xls"
    content = b"a file"
    sha256 = "0" * 64
    row_count = 1
    made_by = factory.SubFactory(UserFactory)
    made_at = factory.LazyFunction(timezone.now)


class ReportRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReportRow

    batch = factory.SubFactory(ReportBatchFactory)
    award = factory.SubFactory(AwardFactory, accreditation__board=factory.SelfAttribute("...batch.board"))
    position = 1
    entry = factory.Sequence(lambda n: f"us_fl_massage|MA{n}|557001|2026-11-01")
    key = factory.LazyAttribute(lambda o: f"{o.entry}|v1")
    payload = factory.LazyFunction(dict)
