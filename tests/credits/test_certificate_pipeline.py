"""Issuing: once, whatever crashes; frozen afterwards."""

import pytest

from credits.certificates.services import issue_certificate, stored_pdf
from credits.models import Certificate
from notifications.models import MailMessage
from tests.factories.credits import AwardFactory

pytestmark = pytest.mark.django_db


def test_issue_certificate_makes_it_and_a_second_call_returns_it():
    award = AwardFactory()

    certificate = issue_certificate(award=award)

    assert certificate.state == Certificate.State.ISSUED
    assert stored_pdf(certificate).startswith(b"%PDF")
    assert issue_certificate(award=award) == certificate
    assert Certificate.objects.count() == 1
    assert MailMessage.objects.filter(template="credits/mail/certificate_issued").count() == 1
