"""The ledger over the API."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import Role
from credits.models import Award, Licence
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

PEOPLE = ("stranger", "other learner", "owner", "instructor", "CE officer", "staff")
ANYONE = (403, 200, 200, 200, 200, 200)
OWN = (403, 404, 200, 404, 404, 404)
OWN_OR_TEAM = (403, 404, 200, 404, 200, 200)
OWN_POST = (403, 404, 400, 404, 404, 404)
OFFICER_POST = (403, 403, 403, 403, 400, 403)

TABLE = [
    ("get", "board-list", None, ANYONE),
    ("get", "board-detail", "code", ANYONE),
    ("get", "activity-list", None, ANYONE),
    ("get", "activity-detail", "activity", ANYONE),
    ("get", "licence-list", None, ANYONE),
    ("get", "licence-detail", "licence", OWN),
    ("get", "licence-standing", "licence", (403, 404, 409, 404, 404, 404)),  # its board has no rules
    ("get", "completion-list", None, ANYONE),
    ("get", "completion-detail", "dossier", OWN),
    ("get", "award-list", None, ANYONE),
    ("get", "award-detail", "award", OWN_OR_TEAM),
    ("post", "evaluate", None, (403, 422, 422, 422, 422, 422)),
    ("post", "licence-add", None, (403, 400, 400, 400, 400, 400)),
    ("post", "licence-change", "licence", (403, 404, 200, 404, 404, 404)),
    ("post", "licence-remove", "licence", (403, 404, 409, 404, 404, 404)),
    ("post", "licence-status", "licence", OWN_POST),
    ("post", "licence-renewals", "licence", OWN_POST),
    ("post", "licence-duties", "licence", OWN_POST),
    ("post", "completion-claim", "dossier", OWN_POST),
    ("post", "award-issue", None, OFFICER_POST),
    ("post", "award-correct", "award", OFFICER_POST),
    ("post", "award-revoke", "award", OFFICER_POST),
]


def client_of(user):
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


@pytest.mark.parametrize(("method", "route", "about", "expected"), TABLE, ids=[row[1] for row in TABLE])
def test_who_may_call_it(method, route, about, expected):
    licence = LicenceFactory()
    award = AwardFactory(dossier__user=licence.user, licence=licence)
    arguments = {"licence": licence.pk, "award": award.pk, "dossier": award.dossier_id, "activity": award.dossier.activity_id, "code": licence.board.code}
    people = (None, UserFactory(), licence.user, user_with_role(Role.INSTRUCTOR), user_with_role(Role.CE_OFFICER), user_with_role(Role.STAFF))
    address = reverse(f"credits_api:{route}", args=[arguments[about]] if about else [])

    found = [getattr(client_of(person), method)(address).status_code for person in people]

    assert dict(zip(PEOPLE, found, strict=True)) == dict(zip(PEOPLE, expected, strict=True))


def test_a_learner_adds_a_licence_and_claims_with_it():
    accreditation, user = AccreditationFactory(), LegalNameFactory().user
    dossier = DossierFactory(activity=accreditation.activity, user=user)
    client = client_of(user)

    licence = client.post(reverse("credits_api:licence-add"), {"board": accreditation.board.code, "number": "MA 1"})
    claim = client.post(reverse("credits_api:completion-claim", args=[dossier.pk]), {"licence": licence.data["id"]})
    award = client.get(reverse("credits_api:award-detail", args=[claim.data["award"]]))

    assert (licence.status_code, claim.status_code, claim.data["state"]) == (201, 200, "awarded")
    assert (award.data["status"], award.data["units"], award.data["trace"]["met"]) == ("active", "6.00", True)


def test_approvals_and_awards_say_their_categories_by_code_and_by_word():
    split = [{"category": "medical_errors", "units": "4"}, {"category": "Bodywork", "units": "2"}]  # the second was entered before the list
    award = AwardFactory(accreditation__category_split=split, category_split=split)
    client = client_of(award.dossier.user)

    approval = client.get(reverse("credits_api:activity-detail", args=[award.accreditation.activity_id])).json()["approvals"][0]
    shown = client.get(reverse("credits_api:award-detail", args=[award.pk])).json()

    parts = [
        {"category": "medical_errors", "name": "Prevention of medical errors", "units": "4"},
        {"category": "Bodywork", "name": "Bodywork", "units": "2"},
    ]
    assert (approval["category_split"], shown["category_split"]) == (parts, parts)


def test_nobody_claims_with_anothers_licence():
    dossier, licence = DossierFactory(), LicenceFactory()

    answer = client_of(dossier.user).post(reverse("credits_api:completion-claim", args=[dossier.pk]), {"licence": licence.pk})

    assert (answer.status_code, Award.objects.count()) == (400, 0)


def test_an_officer_issues_corrects_and_revokes():
    accreditation, learner = AccreditationFactory(), LegalNameFactory().user
    client = client_of(user_with_role(Role.CE_OFFICER))
    values = {"activity": accreditation.activity_id, "accreditation": accreditation.pk, "completed_on": "2026-05-03", "evidence": "x", "reason": "y"}

    issued = client.post(reverse("credits_api:award-issue"), {"learner": learner.email, **values})
    corrected = client.post(reverse("credits_api:award-correct", args=[issued.data["id"]]), {"legal_name": "Zoe Dang", "reason": "Misspelt"})
    late = client.post(reverse("credits_api:award-correct", args=[issued.data["id"]]), {"legal_name": "Z", "reason": "Again"})
    revoked = client.post(reverse("credits_api:award-revoke", args=[corrected.data["id"]]), {"reason_class": "duplicate", "reason": "x"})

    assert [answer.status_code for answer in (issued, corrected, late, revoked)] == [201, 201, 409, 200]
    assert (corrected.data["version"], late.data["code"], revoked.data["status"]) == (2, "award_ended", "revoked")


@pytest.mark.parametrize("number", [1, 3])
def test_lists_cost_constant_queries(django_assert_num_queries, number):
    user = UserFactory()
    for _ in range(number):
        licence = LicenceFactory(user=user, board=BoardFactory())
        AwardFactory(dossier__user=user, licence=licence)
    client = client_of(user)

    for route, queries in {"board-list": 3, "activity-list": 3, "licence-list": 8, "completion-list": 5, "award-list": 4}.items():
        with django_assert_num_queries(queries):
            assert client.get(reverse(f"credits_api:{route}")).status_code == 200

    assert Licence.objects.count() == number
