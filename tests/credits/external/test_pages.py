"""The learner's pages and the reviewer's, through the browser's requests."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from core.models import AuditEntry
from credits.external.services import review_external
from credits.models import ExternalCredit, ExternalProof
from tests.credits.external.pictures import pdf, picture
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, ExternalCreditFactory, ExternalProofFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(client):
    learner = UserFactory()
    client.force_login(learner)
    return learner


@pytest.fixture
def officer(client):
    officer = user_with_role(Role.CE_OFFICER)
    client.force_login(officer)
    return officer


def text(answer):
    return answer.content.decode()


def board(code="us_fl_massage", **values):
    return BoardFactory(code=code, **{"name": f"Board {code}", "unit_plural": "hours"} | values)


def typed(**values):
    return {
        "title": "Lymph drainage", "provider_name": "Riverside", "completed_on": "2026-05-09", "units": "4", "mode": "self_paced", "proofs": pdf()
    } | values  # fmt: skip


def test_without_a_licence_the_pages_lead_to_one(client, learner):
    pages = [text(client.get(reverse(f"credits:external_{name}"))) for name in ("list", "add")]

    assert all(reverse("credits:licence_add") in page and 'class="empty"' in page for page in pages)


def test_with_several_boards_one_is_chosen_first(client, learner):
    boards = [LicenceFactory(user=learner, board=board(code)).board for code in ("us_fl_massage", "us_ny_massage")]

    choice = text(client.get(reverse("credits:external_add")))
    unknown = text(client.get(reverse("credits:external_add"), {"board": "us_zz"}))
    form = text(client.get(reverse("credits:external_add"), {"board": "us_ny_massage"}))

    assert all(f"?board={row.code}" in page for row in boards for page in (choice, unknown))
    assert "For Board us_ny_massage" in form


def test_the_form_asks_what_the_board_s_rules_tell_apart(client, learner):
    """Florida by topics, Nebraska by the hands-on share, Louisiana by approval and by what one taught."""
    pages = {}
    for code in ("us_fl_massage", "us_ne_massage", "us_la_massage"):
        LicenceFactory(user=learner, board=board(code))
    for code in ("us_fl_massage", "us_ne_massage", "us_la_massage"):
        pages[code] = text(client.get(reverse("credits:external_add"), {"board": code}))

    assert "Prevention of medical errors" in pages["us_fl_massage"]
    assert [("hands_on_percent" in page) for page in pages.values()] == [False, True, False]
    assert "Teaching" in pages["us_la_massage"]
    assert "Hours on the certificate" in pages["us_fl_massage"]


def test_a_credit_is_typed_in_seen_corrected_and_withdrawn(client, learner):
    LicenceFactory(user=learner, board=board())
    sent = client.post(
        reverse("credits:external_add"), typed(topic_ethics="1.5", topic_technique="2", proofs=[pdf(), picture()], note="Page two has the seal."), follow=True
    )
    credit = ExternalCredit.objects.get()

    shown = text(client.get(reverse("credits:external_correct", args=[credit.pk])))
    keep = [str(proof.pk) for proof in credit.proofs.all()][:1]
    again = client.post(reverse("credits:external_correct", args=[credit.pk]), typed(units="5", topic_ethics="1.5", proofs="", keep=keep), follow=True)
    newest = ExternalCredit.objects.latest().get()
    old = text(client.get(credit.get_absolute_url()))
    listed = text(client.get(reverse("credits:external_list")))
    client.post(reverse("credits:external_withdraw", args=[newest.pk]))

    assert "counts once the school has accepted" in text(sent)
    assert credit.category_split == [{"category": "ethics", "units": "1.5"}, {"category": "technique", "units": "2"}]
    assert 'value="Lymph drainage"' in shown
    assert 'value="1.5"' in shown
    assert "new version is on record" in text(again)
    assert (newest.version, newest.units, newest.proofs.count(), credit.proofs.count()) == (2, Decimal("5"), 1, 2)
    assert newest.get_absolute_url() in old
    assert "5 hours" in listed
    assert credit.get_absolute_url() not in listed
    assert ExternalCredit.objects.latest().get().status == "withdrawn"


def test_it_is_added_for_another_board_with_the_same_proof(client, learner):
    florida = LicenceFactory(user=learner, board=board()).board
    LicenceFactory(user=learner, board=board("us_ny_massage"))
    first = ExternalCreditFactory(user=learner, board=florida, title="Lymph drainage")
    address = f"{reverse('credits:external_add')}?board=us_ny_massage&like={first.pk}"

    offered = text(client.get(first.get_absolute_url()))
    form = text(client.get(address))
    client.post(address, typed(proofs="", keep=[str(first.proofs.get().pk)]))

    second = ExternalCredit.objects.get(board__code="us_ny_massage")
    assert f"?board=us_ny_massage&amp;like={first.pk}" in offered
    assert 'value="Lymph drainage"' in form
    assert list(second.proofs.all()) == list(first.proofs.all())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"title": ""}, "This field is required"),
        ({"title": "x" * 201}, "at most 200 characters"),
        ({"title": "a\x00b"}, "Null characters"),
        ({"units": "0"}, "greater than or equal to 0.01"),
        ({"units": "NaN"}, "Enter a number"),
        ({"units": "1e9"}, "no more than"),
        ({"units": "1000"}, "less than or equal to 999.99"),
        ({"completed_on": "2099-01-01"}, "can not be later than today"),
        ({"completed_on": "0202-01-01"}, "Check the year"),
        ({"topic_ethics": "3", "topic_technique": "2"}, "add up to 5, more than the whole of 4"),
        ({"mode": "asleep"}, "Select a valid choice"),
        ({"approval_board": "999999"}, "Select a valid choice"),
        ({"keep": "1"}, ""),
        ({"proofs": ""}, "Send the proof"),
        ({"proofs": SimpleUploadedFile("a.pdf", b"MZ program")}, "neither a PDF nor a picture"),
        ({"proofs": SimpleUploadedFile("a.exe", b"%PDF-1.7 %%EOF")}, "not a file of another kind"),
        ({"proofs": [pdf(f"{number}.pdf") for number in range(6)]}, "at most 5 files"),
    ],
)
def test_what_can_not_be_is_refused_on_the_form(client, learner, values, sentence):
    LicenceFactory(user=learner, board=board())

    answer = client.post(reverse("credits:external_add"), typed(**values))

    if sentence:
        assert (answer.status_code, ExternalCredit.objects.count(), ExternalProof.objects.count()) == (422, 0, 0)
        assert sentence in text(answer)
    else:  # a field this form has not is no matter
        assert ExternalCredit.objects.count() == 1


def test_nobody_sees_or_proves_with_what_is_another_s(client, learner):
    LicenceFactory(user=learner, board=board())
    other = ExternalCreditFactory()

    answers = [client.get(reverse(f"credits:external_{name}", args=[other.pk])).status_code for name in ("detail", "correct", "withdraw")]
    proof = client.get(reverse("credits:external_proof", args=[other.proofs.get().pk])).status_code
    prefilled = text(client.get(reverse("credits:external_add"), {"like": other.pk}))
    kept = client.post(f"{reverse('credits:external_add')}?like={other.pk}", typed(proofs="", keep=[str(other.proofs.get().pk)]))

    assert (answers, proof, kept.status_code) == ([404] * 3, 404, 422)
    assert other.title not in prefilled


@pytest.mark.parametrize("like", ["x", "-1", "9" * 30, "١"])
def test_a_strange_number_in_the_address_is_nobody(client, learner, like):
    LicenceFactory(user=learner, board=board())

    assert client.get(reverse("credits:external_add"), {"like": like}).status_code == 200


def test_a_picture_is_shown_and_a_pdf_downloaded_and_neither_runs(client, learner):
    shown = ExternalProofFactory(user=learner, media_type="image/jpeg", name="a.jpg")
    sent = ExternalProofFactory(user=learner, name='x".html')
    purged = ExternalProofFactory(user=learner, file="", name="", purged_at=shown.created_at)

    answers = [client.get(reverse("credits:external_proof", args=[proof.pk])) for proof in (shown, sent)]

    assert [answer["Content-Type"] for answer in answers] == ["image/jpeg", "application/pdf"]
    assert [answer["Content-Disposition"] for answer in answers] == [
        f'inline; filename="proof-{shown.pk}.jpg"',
        f'attachment; filename="proof-{sent.pk}.pdf"',
    ]
    for answer in answers:
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    assert client.get(reverse("credits:external_proof", args=[purged.pk])).status_code == 404
    sent.file.storage.delete(sent.file.name)
    assert client.get(reverse("credits:external_proof", args=[sent.pk])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_with_many(client, learner, django_assert_num_queries, count):
    for number in range(count):
        ExternalCreditFactory(user=learner, completed_on=date(2026, 1, 1 + number))
    client.get(reverse("credits:external_list"))

    with django_assert_num_queries(8):
        client.get(reverse("credits:external_list"))


# The reviewer.


def test_the_queue_shows_what_waits_and_finds_the_rest(client, officer):
    waiting = ExternalCreditFactory(title="Wait a minute")
    accepted = ExternalCreditFactory(title="Long done", status="accepted")

    pages = {query: text(client.get(reverse("credits_desk:external_list") + query)) for query in ("", "?state=accepted", "?state=all&q=long", "?q=nobody\x00")}

    assert [waiting.title in page for page in pages.values()] == [True, False, False, False]
    assert [accepted.title in page for page in pages.values()] == [False, True, True, False]
    assert "Nothing fits" in pages["?q=nobody\x00"]


def test_a_decision_leads_to_the_next_that_waits(client, officer):
    first, second = ExternalCreditFactory(), ExternalCreditFactory()
    page = text(client.get(reverse("credits_desk:external_review", args=[first.pk])))

    empty = client.post(reverse("credits_desk:external_review", args=[first.pk]), {"decision": "refused"})
    decided = client.post(reverse("credits_desk:external_review", args=[first.pk]), {"decision": "accepted"})
    last = client.post(reverse("credits_desk:external_review", args=[second.pk]), {"decision": "asked", "note": "Page two, please."})

    assert f"Typed in by {first.user}" in page
    assert (empty.status_code, "Write what the holder should know" in text(empty)) == (422, True)
    assert (decided["Location"], last["Location"]) == (reverse("credits_desk:external_review", args=[second.pk]), reverse("credits_desk:external_list"))
    assert [ExternalCredit.objects.with_status().get(pk=row.pk).status for row in (first, second)] == ["accepted", "asked"]


def test_the_holder_reads_the_question_and_answers_it(client, learner):
    credit = ExternalCreditFactory(user=learner)
    review_external(credit=credit, reviewer=user_with_role(Role.STAFF), decision="asked", note="Where is <b>page two</b>?")

    page = text(client.get(credit.get_absolute_url()))

    assert "Where is &lt;b&gt;page two" in page
    assert reverse("credits:external_correct", args=[credit.pk]) in page


def test_one_s_own_and_what_is_past_can_not_be_decided(client, officer):
    own, gone = ExternalCreditFactory(user=officer), ExternalCreditFactory(status="withdrawn")

    pages = [text(client.get(reverse("credits_desk:external_review", args=[row.pk]))) for row in (own, gone)]
    answer = client.post(reverse("credits_desk:external_review", args=[own.pk]), {"decision": "accepted"})

    assert ["Somebody else at the school" in page for page in pages] == [True, False]
    assert all('name="decision"' not in page for page in pages)
    assert answer.status_code == 422


def test_who_opened_a_proof_at_the_desk_is_noted(client, officer):
    proof = ExternalProofFactory()

    client.get(reverse("credits_desk:external_proof", args=[proof.pk]))

    assert AuditEntry.objects.get(action="credits.open_external_proof").actor == officer


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_with_many(client, officer, django_assert_num_queries, count):
    for _number in range(count):
        ExternalCreditFactory()
    client.get(reverse("credits_desk:external_list"))

    with django_assert_num_queries(5):
        client.get(reverse("credits_desk:external_list"))
