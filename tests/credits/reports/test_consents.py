"""Consent to report: asked where a board's text asks for it, kept with its words, never changed."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from rest_framework.test import APIClient

from core.models import AuditEntry
from credits.models import Claim, ReportConsent
from credits.reports import consents
from credits.reports.consents import ConsentNotAsked, WordsChanged, ask_again, ask_for_consent, consent_of, consents_of, give_consent, withdraw_consent
from credits.services import add_licence, award_completion
from notifications.models import MailMessage
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory
from tests.factories.reports import ReportConsentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def georgia():
    return BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy", jurisdiction="US-GA")


@pytest.fixture
def florida():
    return BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")


@pytest.fixture
def learner():
    return UserFactory()


@pytest.fixture
def browser(client, learner):
    client.force_login(learner)
    return client


def test_a_consent_is_kept_with_the_words_that_were_shown(learner, georgia):
    shown = consent_of(learner, georgia)

    row = give_consent(user=learner, board=georgia, digest=shown.digest)

    assert (row.word, row.words) == ("given", shown.words)
    assert "CE Broker" in row.words
    assert "Georgia Board of Massage Therapy" in row.words
    assert consent_of(learner, georgia).is_given
    assert AuditEntry.objects.filter(action="credits.report_consent_given").count() == 1


def test_giving_twice_keeps_one_word_and_withdrawing_adds_another(learner, georgia):
    shown = consent_of(learner, georgia)

    first = give_consent(user=learner, board=georgia, digest=shown.digest)
    assert give_consent(user=learner, board=georgia, digest="whatever") == first
    withdrawn = withdraw_consent(user=learner, board=georgia, digest=shown.withdrawal_digest)
    assert withdraw_consent(user=learner, board=georgia, digest=shown.withdrawal_digest) == withdrawn

    assert list(ReportConsent.objects.values_list("word", flat=True)) == ["withdrawn", "given"]
    assert withdrawn.words == shown.withdrawal
    assert not consent_of(learner, georgia).is_given


def test_nothing_is_there_to_withdraw_before_it_was_given(learner, georgia):
    assert withdraw_consent(user=learner, board=georgia, digest="") is None
    assert not ReportConsent.objects.exists()


def test_other_words_than_those_shown_are_refused(learner, georgia):
    with pytest.raises(WordsChanged, match="Read it again"):
        give_consent(user=learner, board=georgia, digest="0" * 64)

    assert not ReportConsent.objects.exists()


def test_a_board_that_asks_for_none_is_not_asked_about(learner, florida):
    assert consent_of(learner, florida) is None
    with pytest.raises(ConsentNotAsked, match="nothing to agree to"):
        give_consent(user=learner, board=florida, digest="")


def test_the_database_refuses_to_change_a_consent(learner, georgia):
    row = ReportConsentFactory(user=learner, board=georgia)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReportConsent.objects.update(word="withdrawn")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM credits_reportconsent")

    assert ReportConsent.objects.get() == row


def test_the_boards_of_ones_licences_are_asked_about_in_constant_queries(learner, georgia, florida, django_assert_num_queries):
    LicenceFactory(user=learner, board=georgia)
    LicenceFactory(user=learner, board=florida)
    with django_assert_num_queries(2):
        assert [consent.board for consent in consents_of(learner)] == [georgia]
    for number in range(3):
        LicenceFactory(user=learner, board=georgia, number=f"GA{number}")
    with django_assert_num_queries(2):
        assert [consent.state for consent in consents_of(learner)] == ["open"]


def test_the_learner_is_written_to_once_for_a_completion(learner, georgia):
    award = AwardFactory(dossier__user=learner, accreditation__board=georgia)

    assert ask_for_consent(award=award)
    assert ask_for_consent(award=award)

    mail = MailMessage.objects.get(template="credits/mail/consent_asked")
    assert mail.recipient == learner
    assert "within 7 days" in mail.body_text
    assert "/consents/us_ga_massage/" in mail.body_text
    give_consent(user=learner, board=georgia, digest=consent_of(learner, georgia).digest)
    assert not ask_for_consent(award=award)


def test_an_officer_asks_again_at_most_once_a_day(learner, georgia):
    award, officer = AwardFactory(dossier__user=learner, accreditation__board=georgia), user_with_role("ce_officer")
    ReportConsentFactory(user=learner, board=georgia, word="withdrawn")

    assert not ask_for_consent(award=award), "a no is not asked about by itself"
    for _ in range(2):
        assert ask_again(award=award, officer=officer, today=date(2026, 11, 23))
    ask_again(award=award, officer=officer, today=date(2026, 11, 24))

    assert MailMessage.objects.filter(template="credits/mail/consent_asked").count() == 2


def test_a_plain_award_asks_nothing(learner):
    award = AwardFactory(dossier__user=learner, plain=True)

    assert not ask_for_consent(award=award)
    assert not ask_again(award=award, officer=user_with_role("ce_officer"), today=date(2026, 11, 23))


def test_a_new_licence_leads_to_the_question_and_from_there_to_what_can_be_claimed(browser, learner, georgia):
    DossierFactory(user=learner)

    answer = browser.post(reverse("credits:licence_add"), {"board": georgia.pk, "number": "MT1"})
    assert answer["Location"] == reverse("credits:consent_detail", args=["us_ga_massage"]) + "?then=credits"
    page = browser.get(answer["Location"])
    assert "May we report what you complete?" in page.content.decode()
    digest = consent_of(learner, georgia).digest
    answer = browser.post(reverse("credits:consent_give", args=["us_ga_massage"]), {"digest": digest, "then": "credits"})

    assert answer["Location"] == reverse("credits:credit_list")
    assert consent_of(learner, georgia).is_given


def test_a_new_licence_of_another_board_asks_nothing(browser, florida):
    answer = browser.post(reverse("credits:licence_add"), {"board": florida.pk, "number": "MA1"})

    assert "/consents/" not in answer["Location"]


def test_a_claim_leads_to_the_question_until_it_is_answered(browser, learner, georgia):
    LegalNameFactory(user=learner)
    approval = AccreditationFactory(board=georgia)
    dossier = DossierFactory(user=learner, activity=approval.activity)
    award_completion(dossier=dossier)
    licence = add_licence(user=learner, board=georgia, number="MT1")

    answer = browser.post(reverse("credits:claim_create", args=[dossier.pk]), {"licence": licence.pk})

    assert Claim.objects.get().state == Claim.State.AWARDED
    assert answer["Location"].startswith(reverse("credits:consent_detail", args=["us_ga_massage"]))


def test_the_licence_page_shows_the_question_and_then_the_word(browser, learner, georgia):
    licence = LicenceFactory(user=learner, board=georgia)
    address = reverse("credits:licence_detail", args=[licence.pk])

    assert "Not answered yet" in browser.get(address).content.decode()
    browser.post(reverse("credits:consent_give", args=["us_ga_massage"]), {"digest": consent_of(learner, georgia).digest})
    assert "Withdraw my consent" in browser.get(address).content.decode()
    answer = browser.post(reverse("credits:consent_withdraw", args=["us_ga_massage"]), {"digest": consent_of(learner, georgia).withdrawal_digest})

    assert answer["Location"] == address
    assert "Consent withdrawn" in browser.get(address).content.decode()


@pytest.mark.parametrize("verb", ["give", "withdraw"])
def test_a_stale_page_is_answered_with_the_words_of_today(browser, learner, georgia, verb):
    if verb == "withdraw":
        ReportConsentFactory(user=learner, board=georgia)

    answer = browser.post(reverse(f"credits:consent_{verb}", args=["us_ga_massage"]), {"digest": "old"})

    assert answer.status_code == 409
    assert "The text has changed" in answer.content.decode()
    assert ReportConsent.objects.count() == (1 if verb == "withdraw" else 0)


def test_a_board_that_asks_nothing_has_no_page(browser, florida):
    assert browser.get(reverse("credits:consent_detail", args=["us_fl_massage"])).status_code == 404
    assert browser.get(reverse("credits:consent_detail", args=["nobody"])).status_code == 404


def test_the_list_says_so_when_there_is_nothing_to_decide(browser, learner, georgia):
    assert "Nothing to decide" in browser.get(reverse("credits:consent_list")).content.decode()
    LicenceFactory(user=learner, board=georgia)
    assert "I agree" in browser.get(reverse("credits:consent_list")).content.decode()


def test_the_api_asks_takes_a_yes_and_takes_it_back(learner, georgia, florida):
    LicenceFactory(user=learner, board=georgia)
    api = APIClient()
    api.force_authenticate(learner)

    (open_one,) = api.get(reverse("credits_api:consent-list")).data
    assert (open_one["state"], open_one["since"]) == ("open", None)
    give = reverse("credits_api:consent-give", args=["us_ga_massage"])
    stale = api.post(give, {"digest": "0"})
    given = api.post(give, {"digest": open_one["digest"]})
    taken = api.post(reverse("credits_api:consent-withdraw", args=["us_ga_massage"]), {"digest": given.data["withdrawal_digest"]})

    assert (stale.status_code, stale.data["code"]) == (409, "words_changed")
    assert (given.data["state"], taken.data["state"]) == ("given", "withdrawn")
    assert api.post(give, {}).status_code == 400
    nothing = api.post(reverse("credits_api:consent-give", args=["us_fl_massage"]), {"digest": "0"})
    assert (nothing.status_code, nothing.data["code"]) == (409, "consent_not_asked")


def test_near_a_renewal_the_shorter_deadline_holds():
    duty = consents.duty_of("us_ga_massage")

    assert duty.due_on(date(2026, 11, 20)) == date(2026, 11, 27)
    near = type(duty)(**{**vars(duty), "near_renewal_days": 3})
    assert near.due_on(date(2026, 10, 28), expires_on=date(2026, 10, 31)) == date(2026, 10, 31)
    assert near.due_on(date(2026, 10, 1), expires_on=date(2026, 10, 31)) == date(2026, 10, 8)
