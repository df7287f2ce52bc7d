"""The learner's pages and the officer's flows, through the browser's requests."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from credits.models import Award, Licence
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client):
    learner = LegalNameFactory().user
    client.force_login(learner)
    return learner


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


def test_a_learner_adds_a_licence_and_claims_an_earlier_completion(client, learner):
    accreditation = AccreditationFactory()
    dossier = DossierFactory(activity=accreditation.activity, user=learner)
    AwardFactory(dossier=dossier, plain=True)

    added = client.post(reverse("credits:licence_add"), {"board": accreditation.board_id, "number": "MA 1"})
    page = client.get(added["Location"])
    claimed = client.post(reverse("credits:claim_create", args=[dossier.pk]), {"licence": Licence.objects.get().pk}, follow=True)

    assert added["Location"] == reverse("credits:credit_list")
    assert "Claim this completion for" in page.content.decode()
    assert f"Credited with {accreditation.board.name}" in claimed.content.decode()
    assert Award.objects.filter(board=accreditation.board).count() == 1


def test_the_credits_page_says_why_a_claim_was_not_credited(client, learner):
    accreditation = AccreditationFactory(valid_to=date(2020, 12, 31))
    dossier = DossierFactory(activity=accreditation.activity, user=learner)
    licence = LicenceFactory(user=learner, board=accreditation.board)

    page = client.post(reverse("credits:claim_create", args=[dossier.pk]), {"licence": licence.pk}, follow=True).content.decode()

    assert page.count("No approval covered the completion date") == 2  # the message, and the line that stays
    assert "Ask again" in page


def test_a_licence_that_expires_before_it_is_issued_is_not_saved(client, learner):
    answer = client.post(reverse("credits:licence_add"), {"board": BoardFactory().pk, "issued_on": "2026-01-02", "expires_on": "2026-01-01"})

    assert (answer.status_code, Licence.objects.count()) == (422, 0)
    assert "Check both dates" in answer.content.decode()


def test_a_learner_changes_and_removes_a_licence(client, learner):
    licence = LicenceFactory(user=learner)

    client.post(reverse("credits:licence_edit", args=[licence.pk]), {"number": "MA 9"})
    licence.refresh_from_db()
    removed = client.post(reverse("credits:licence_remove", args=[licence.pk]))

    assert (licence.number, removed.status_code, Licence.objects.count()) == ("MA 9", 302, 0)


def test_removing_a_licence_with_awards_is_refused_with_what_to_do(client, learner):
    licence = LicenceFactory(user=learner)
    AwardFactory(dossier__user=learner, licence=licence)

    answer = client.post(reverse("credits:licence_remove", args=[licence.pk]))

    assert (answer.status_code, Licence.objects.count()) == (409, 1)
    assert "stays on file" in answer.content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_learners_lists_cost_constant_queries(client, learner, django_assert_num_queries, number):
    for _ in range(number):
        licence = LicenceFactory(user=learner)
        AwardFactory(dossier__user=learner, licence=licence)

    for route, queries in {"credits:credit_list": 10, "credits:licence_list": 6}.items():
        with django_assert_num_queries(queries):
            assert client.get(reverse(route)).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_desks_lists_cost_constant_queries(client, officer, django_assert_num_queries, number):
    for _ in range(number):
        AwardFactory(dossier__facts={"a": 1})

    routes = {"overview": 14, "award_list": 7, "dossier_list": 5, "accreditation_list": 6, "activity_list": 5, "board_list": 6}
    for route, queries in routes.items():
        with django_assert_num_queries(queries):
            assert client.get(reverse(f"credits_desk:{route}")).status_code == 200


def test_an_officer_issues_by_hand_corrects_and_revokes(client, officer):
    accreditation, learner = AccreditationFactory(), LegalNameFactory().user
    address = f"{reverse('credits_desk:award_issue')}?learner={learner.email}"
    data = {"activity": accreditation.activity_id, "accreditation": accreditation.pk, "completed_on": "2026-05-03", "zone": "America/New_York"}

    client.post(address, {**data, "evidence": "Sign-in sheet", "reason": "Paper roster"})
    award = Award.objects.get()
    correct = {"legal_name": "Zoe Dang", "licence_number": "", "completed_on": "2026-05-03", "accreditation": accreditation.pk, "reason": "Misspelt"}
    client.post(reverse("credits_desk:award_correct", args=[award.pk]), correct)
    new = Award.objects.get(version=2)
    revoke = {"reason_class": "duplicate", "reason": "Twice on the roster", "is_sure": "on"}
    client.post(reverse("credits_desk:award_revoke", args=[new.pk]), revoke)
    page = client.get(new.get_absolute_url()).content.decode()

    assert (award.dossier.facts["evidence"], new.holder.legal_name_printed, new.status) == ("Sign-in sheet", "Zoe Dang", "revoked")
    assert "Public reason: Issued twice" in page
    assert "Twice on the roster" in page


def test_an_officer_says_that_a_board_was_re_read(client, officer):
    board = BoardFactory()

    page = client.post(reverse("credits_desk:board_verify", args=[board.code]), follow=True).content.decode()

    board.refresh_from_db()
    assert (board.is_verified, board.verified_by) == (True, officer)
    assert "marked as verified by you" in page


def test_issuing_for_nobody_says_what_to_do(client, officer):
    answer = client.get(reverse("credits_desk:award_issue"), {"learner": "nobody@example.org"})

    assert answer.status_code == 422
    assert "Nobody is signed up with this address" in answer.content.decode()


def test_a_refusal_is_shown_on_the_form_and_nothing_is_issued(client, officer):
    accreditation, learner = AccreditationFactory(), UserFactory()
    data = {"activity": accreditation.activity_id, "accreditation": accreditation.pk, "completed_on": "2019-05-03", "zone": "America/New_York"}

    answer = client.post(f"{reverse('credits_desk:award_issue')}?learner={learner.email}", {**data, "evidence": "x", "reason": "y"})

    assert (answer.status_code, Award.objects.count()) == (422, 0)
    assert "does not cover" in answer.content.decode()


def test_a_revocation_needs_the_tick(client, officer):
    award = AwardFactory()

    answer = client.post(reverse("credits_desk:award_revoke", args=[award.pk]), {"reason_class": "duplicate", "reason": "x"})

    assert (answer.status_code, award.status) == (422, "active")


@pytest.mark.parametrize(("status", "found"), [("active", 1), ("held", 0), ("revoked", 0), ("", 1), ("nonsense", 1)])
def test_the_award_list_filters_by_status(client, officer, status, found):
    AwardFactory()

    page = client.get(reverse("credits_desk:award_list"), {"status": status, "q": "đặng"}).context["page"]

    assert len(page.object_list) == found


def test_a_file_of_a_dossier_is_a_download_of_unknown_bytes(client, officer):
    file = AwardFactory().dossier.files.create(name="x.html", content=b"<script>", size_bytes=8, sha256="0" * 64)

    answer = client.get(reverse("credits_desk:dossier_file", args=[file.pk]))

    assert (answer.content, answer["Content-Type"]) == (b"<script>", "application/octet-stream")
    assert answer["Content-Disposition"] == f'attachment; filename="dossier-{file.dossier_id}-x.html"'
