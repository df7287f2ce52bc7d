"""The desk's certificate pages: what failed and why, trying again, suspending."""

import pytest
from django.urls import reverse

from accounts.models import Role
from core import jobs
from credits.certificates.services import issue_certificate, request_certificate
from credits.models import Accreditation, Certificate
from tests.factories.accounts import user_with_role
from tests.factories.credits import AwardFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_what_failed_is_listed_with_its_sentence_and_made_after_the_cause_is_gone(client):
    award = AwardFactory(units=7)
    job = request_certificate(award=award)
    jobs.run(job.pk)
    client.force_login(user_with_role(Role.CE_OFFICER))

    listed = client.get(reverse("credits_desk:certificate_list"), {"failed": "1"}).content.decode()
    assert "differ from the approval" in listed
    assert "Try again" in client.get(award.get_absolute_url()).content.decode()
    Accreditation.objects.filter(pk=award.accreditation_id).update(units=7)
    client.post(reverse("credits_desk:certificate_retry", args=[award.certificate.pk]))
    assert jobs.run(job.pk)

    assert Certificate.objects.get().state == Certificate.State.ISSUED
    assert "Every certificate could be made" in client.get(reverse("credits_desk:certificate_list"), {"failed": "1"}).content.decode()


def test_an_officer_suspends_and_resumes_with_a_reason(client):
    certificate = issue_certificate(award=AwardFactory())
    client.force_login(user_with_role(Role.CE_OFFICER))
    url = reverse("credits_desk:certificate_review", args=[certificate.pk])

    assert client.post(url, {"act": "suspend"}).status_code == 422
    client.post(url, {"act": "suspend", "reason": "A question of identity"})
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.SUSPENDED
    client.post(url, {"act": "resume", "reason": "Cleared"})
    certificate.refresh_from_db()
    assert certificate.state == Certificate.State.ISSUED


def test_the_list_costs_the_same_for_one_and_for_three(client, django_assert_num_queries):
    client.force_login(user_with_role(Role.STAFF))
    url = reverse("credits_desk:certificate_list")
    issue_certificate(award=AwardFactory())
    client.get(url)
    with django_assert_num_queries(12, exact=False) as one:
        assert "Valid" in client.get(url).content.decode()
    for _ in range(2):
        issue_certificate(award=AwardFactory())
    with django_assert_num_queries(len(one)):
        client.get(url)


def test_the_admin_shows_certificates_and_keys_but_no_private_key(client, admin_client):
    certificate = issue_certificate(award=AwardFactory())
    sealed = certificate.signing_key.sealed_private_key

    for address in ("certificate/", f"certificate/{certificate.pk}/change/", "signingkey/", f"signingkey/{certificate.signing_key_id}/change/"):
        answer = admin_client.get(f"/admin/credits/{address}")
        assert answer.status_code == 200
        assert sealed not in answer.content.decode()
    assert admin_client.post(f"/admin/credits/certificate/{certificate.pk}/delete/", {"post": "yes"}).status_code == 403
