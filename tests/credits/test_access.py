"""Who gets in where: every page of the ledger for every kind of person."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, reverse

from accounts.models import Role
from credits import desk_urls, urls
from credits.services import flag_completion, save_credential
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AwardFactory, LicenceFactory, LicenceOverrideFactory, LicenceRenewalFactory

pytestmark = pytest.mark.django_db

PEOPLE = ("stranger", "other learner", "owner", "instructor", "CE officer", "staff")
READ = (302, 403, 403, 403, 200, 200)
WRITE = (302, 403, 403, 403, 200, 403)
OWN = (302, 404, 200, 404, 404, 404)
ANYONE_SIGNED_IN = (302, 200, 200, 200, 200, 200)
POST_ONLY = (302, 405, 405, 405, 405, 405)
POST_ONLY_WRITE = (302, 403, 403, 403, 405, 403)
NO_LETTER = (302, 403, 403, 403, 404, 404)

# Each route: what it is about, and the answers to a GET in the order of PEOPLE.
TABLE = {
    "credits:credit_list": (None, ANYONE_SIGNED_IN),
    "credits:certificate_list": (None, ANYONE_SIGNED_IN),
    "credits:certificate_privacy": ("certificate", POST_ONLY),
    "credits:claim_create": ("dossier", POST_ONLY),
    "credits:licence_list": (None, ANYONE_SIGNED_IN),
    "credits:licence_add": (None, ANYONE_SIGNED_IN),
    "credits:licence_edit": ("licence", OWN),
    "credits:licence_remove": ("licence", OWN),
    "credits:licence_archive": ("licence", POST_ONLY),
    "credits:licence_restore": ("licence", POST_ONLY),
    "credits:licence_detail": ("licence", OWN),
    "credits:record_add": ("licence renewals", OWN),
    "credits:record_edit": ("licence renewals renewal", OWN),
    "credits:record_remove": ("licence renewals renewal", OWN),
    "credits:credential_list": (None, ANYONE_SIGNED_IN),
    "credits:credential_add": (None, ANYONE_SIGNED_IN),
    "credits:credential_edit": ("credential", OWN),
    "credits:credential_remove": ("credential", OWN),
    "credits:credential_proof": ("credential", OWN),
    "credits:birth_date": (None, ANYONE_SIGNED_IN),
    "credits:birth_date_remove": (None, POST_ONLY),
    "credits:licence_standing": ("licence", OWN),
    "credits_desk:overview": (None, READ),
    "credits_desk:board_list": (None, READ),
    "credits_desk:board_verify": ("board", POST_ONLY_WRITE),
    "credits_desk:activity_list": (None, READ),
    "credits_desk:activity_add": (None, WRITE),
    "credits_desk:activity_detail": ("activity", READ),
    "credits_desk:activity_edit": ("activity", WRITE),
    "credits_desk:accreditation_list": (None, READ),
    "credits_desk:accreditation_add": (None, READ),
    "credits_desk:accreditation_worth": (None, READ),
    "credits_desk:accreditation_detail": ("accreditation", READ),
    "credits_desk:accreditation_edit": ("accreditation", WRITE),
    "credits_desk:accreditation_withdraw": ("accreditation", WRITE),
    "credits_desk:accreditation_letter": ("accreditation", NO_LETTER),
    "credits_desk:accreditation_letter_add": ("accreditation", POST_ONLY_WRITE),
    "credits_desk:licence_list": (None, READ),
    "credits_desk:licence_detail": ("licence", READ),
    "credits_desk:licence_standing": ("licence", WRITE),
    "credits_desk:override_add": ("licence", WRITE),
    "credits_desk:override_withdraw": ("override", WRITE),
    "credits_desk:credential_proof": ("credential", READ),
    "credits_desk:dossier_list": (None, READ),
    "credits_desk:dossier_detail": ("dossier", READ),
    "credits_desk:dossier_file": ("file", READ),
    "credits_desk:award_list": (None, READ),
    "credits_desk:award_issue": (None, WRITE),
    "credits_desk:award_detail": ("award", READ),
    "credits_desk:award_correct": ("award", WRITE),
    "credits_desk:award_revoke": ("award", WRITE),
    "credits_desk:certificate_list": (None, READ),
    "credits_desk:certificate_retry": ("certificate", POST_ONLY_WRITE),
    "credits_desk:certificate_review": ("certificate", WRITE),
    "credits_desk:flag_list": (None, READ),
    "credits_desk:flag_lift": ("flag", WRITE),
}


@pytest.fixture
def records():
    licence = LicenceFactory()
    award = AwardFactory(
        dossier__user=licence.user, dossier__facts={"course": {"title": "Knee", "outline": ["one", "two"]}, "exam": [{"q": 1}]}, licence=licence
    )
    proof = SimpleUploadedFile("card.pdf", b"%PDF-1.7 a card")
    file = award.dossier.files.create(name="roster.txt", content=b"signed", size_bytes=6, sha256="0" * 64)
    return {
        "licence": licence,
        "renewal": LicenceRenewalFactory(licence=licence),
        "override": LicenceOverrideFactory(licence=licence),
        "credential": save_credential(user=licence.user, credential="cpr", expires_on=date(2027, 1, 1), proof=proof),
        "award": award,
        "certificate": CertificateFactory(award=award),
        "dossier": award.dossier,
        "file": file,
        "flag": flag_completion(key=award.dossier.key, reason="The course was refunded in full.", suspends=False),
        "accreditation": award.accreditation,
        "activity": award.dossier.activity,
    }


@pytest.fixture
def people(records):
    return {
        "stranger": None,
        "other learner": UserFactory(),
        "owner": records["licence"].user,
        "instructor": user_with_role(Role.INSTRUCTOR),
        "CE officer": user_with_role(Role.CE_OFFICER),
        "staff": user_with_role(Role.STAFF),
    }


def arguments_of(about, records):
    """Each word names a record of ours, or stands for itself."""
    if about == "board":
        return [records["award"].board.code]
    return [records[word].pk if word in records else word for word in (about or "").split()]


@pytest.mark.parametrize("route", sorted(TABLE))
def test_who_may_open_it(client, records, people, route):
    about, expected = TABLE[route]
    address = reverse(route, args=arguments_of(about, records))

    found = []
    for name in PEOPLE:
        client.logout()
        if people[name]:
            client.force_login(people[name])
        found.append(client.get(address).status_code)

    assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, expected, strict=True))


def test_every_page_has_a_row():
    """Those of the packages below, which are included, have theirs in the table of the whole site."""
    ours = {f"{module.app_name}:{pattern.name}" for module in (urls, desk_urls) for pattern in module.urlpatterns if isinstance(pattern, URLPattern)}

    assert ours == set(TABLE)


@pytest.mark.parametrize(
    "route",
    [
        "credits:licence_edit", "credits:licence_remove", "credits:licence_archive", "credits:licence_restore", "credits:record_add", "credits:record_edit",
        "credits:record_remove", "credits:credential_edit", "credits:credential_remove", "credits:claim_create",
    ],
)  # fmt: skip
def test_another_learner_can_not_post_to_it(client, records, people, route):
    client.force_login(people["other learner"])
    about = TABLE[route][0]

    assert client.post(reverse(route, args=arguments_of(about, records)), {"number": "1"}).status_code == 404


@pytest.mark.parametrize(
    "route",
    [
        "credits_desk:award_correct", "credits_desk:award_revoke", "credits_desk:accreditation_withdraw", "credits_desk:activity_edit",
        "credits_desk:override_add", "credits_desk:override_withdraw",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["owner", "instructor", "staff"])
def test_only_a_ce_officer_may_post_to_it(client, records, people, route, name):
    client.force_login(people[name])

    assert client.post(reverse(route, args=[records[TABLE[route][0]].pk])).status_code == 403
