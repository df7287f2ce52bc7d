"""From a certificate of another school to a page that a board opens: every step as people take it."""

from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from credits.models import ExternalCredit, Licence, OfficerTask, TranscriptLink
from credits.standings import standing_of_licence
from notifications.models import MailMessage
from tests.credits.external.pictures import picture
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def applied(licence):
    return standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), TODAY).current.applied


def test_a_certificate_of_another_school_counts_and_is_shown_until_it_is_withdrawn():
    cache.clear()
    licence = LicenceFactory(board=BoardFactory(code="us_fl_massage", name="Florida Board", unit_plural="hours"), issued_on=date(2022, 3, 1))
    learner, staff, stranger = signed_in(licence.user), signed_in(user_with_role(Role.STAFF)), Client()
    certificate = {"title": "Lymph drainage", "provider_name": "Riverside", "completed_on": "2026-05-09", "units": "8", "topic_technique": "8"}

    learner.post(reverse("credits:external_add"), certificate | {"mode": "in_person_hands_on", "proofs": picture()})
    credit = ExternalCredit.objects.get()
    waiting = applied(licence)
    queue = staff.get(reverse("credits_desk:external_list")).content.decode()
    proof = staff.get(reverse("credits_desk:external_proof", args=[credit.proofs.get().pk]))
    staff.post(reverse("credits_desk:external_review", args=[credit.pk]), {"decision": "accepted"})
    accepted = applied(licence)
    standing = learner.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()
    learner.post(reverse("credits:transcript_link_add"), {"name": "For the board", "days": "30", "with_external": "on"})
    address = reverse("shared_transcript:page", args=[TranscriptLink.objects.get().token])
    shown = stranger.get(address).content.decode()
    learner.post(reverse("credits:external_withdraw", args=[credit.pk]))
    gone = stranger.get(address).content.decode()

    assert (waiting, accepted, applied(licence)) == ("0", "8", "0")
    assert "Lymph drainage" in queue
    assert proof["Content-Type"] == "image/jpeg"
    assert "Lymph drainage (earned elsewhere)" in standing
    assert ("8 hours earned" in shown, "Lymph drainage" in shown, "Lymph drainage" in gone) == (True, True, False)
    assert [mail.subject for mail in MailMessage.objects.all()] == ["Lymph drainage counts now"]
    assert not OfficerTask.objects.open().exists()


def test_a_stranger_can_not_do_any_of_it():
    """Without signing in there is no form, no queue and no proof; with another account there is nobody else's."""
    licence = LicenceFactory(board=BoardFactory(code="us_fl_massage"))
    signed_in(licence.user).post(
        reverse("credits:external_add"),
        {"title": "Lymph", "provider_name": "R", "completed_on": "2026-05-09", "units": "8", "mode": "self_paced", "proofs": picture()},
    )
    credit = ExternalCredit.objects.get()
    own = [reverse("credits:external_detail", args=[credit.pk]), reverse("credits:external_proof", args=[credit.proofs.get().pk])]
    desk = [reverse("credits_desk:external_review", args=[credit.pk]), reverse("credits_desk:external_proof", args=[credit.proofs.get().pk])]

    assert [Client().get(address).status_code for address in own + desk] == [302] * 4
    assert [signed_in(UserFactory()).get(address).status_code for address in own + desk] == [404, 404, 403, 403]
