"""Certificates for tests of pages that need a row and no file: nothing is set or signed."""

import factory
from django.utils import timezone

from credits.certificates.codes import new_serial, new_token
from credits.models import Certificate, StatusList
from tests.factories.credits import AwardFactory


class StatusListFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StatusList
        django_get_or_create = ("number",)

    number = 1


class CertificateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Certificate

    award = factory.SubFactory(AwardFactory)
    version = factory.SelfAttribute("award.version")
    serial = factory.LazyFunction(new_serial)
    token = factory.LazyFunction(new_token)
    status_list = factory.SubFactory(StatusListFactory)
    status_list_index = factory.Sequence(lambda n: n)
    state = Certificate.State.ISSUED
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    size_bytes = 1
    file_key = factory.Sequence(lambda n: f"certificates/none-{n}.pdf")
    issued_at = factory.LazyFunction(timezone.now)
