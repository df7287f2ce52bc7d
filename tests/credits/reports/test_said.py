"""What a learner and an officer read about one award's report."""

import pytest
from django.urls import reverse

from credits.models import Award
from credits.reports.batches import lock_batch, make_batch, post_batch
from credits.reports.corrections import leave_out
from credits.reports.said import reporting_of
from credits.selectors import school_today
from credits.services import correct_award, revoke_award
from tests.factories.credits import AwardFactory

pytestmark = pytest.mark.django_db


def said(award):
    rows = Award.objects.filter(dossier__user=award.dossier.user).with_status().select_related("board", "licence")
    return {pk: one.state for pk, one in reporting_of(rows, award.dossier.user).items()}


def post(route, officer):
    batch = make_batch(board=route.board, officer=officer)
    lock_batch(batch=batch, officer=officer, sha256=batch.sha256)
    return post_batch(batch=batch, officer=officer)


def test_it_is_due_then_reported(florida, complete, officer):
    award = complete(florida)
    assert said(award) == {award.pk: "due"}

    post(florida, officer)

    assert said(award) == {award.pk: "reported"}
    later = correct_award(officer=officer, award=award, reason="Married", changes={"legal_name": "Ana Other"})
    assert said(award) == {later.pk: "reported"}
    revoke_award(officer=officer, award=later, reason_class="issued_in_error", reason="A slip")
    assert said(award) == {}


def test_what_is_late_is_not_promised_for_a_day_that_is_over(client, georgia, complete):
    award = complete(georgia, days_ago=20)
    client.force_login(award.dossier.user)

    page = client.get(reverse("credits:credit_list")).content.decode()

    assert "The school has not reported it to CE Broker yet; it was due by" in page
    assert "The school reports it to" not in page


def test_without_consent_it_says_so(georgia, complete):
    award = complete(georgia, consent=False)

    assert said(award) == {award.pk: "no_consent"}


def test_what_nobody_reports_says_nothing(florida, complete, officer):
    plain, other, imported, early, out = (
        AwardFactory(plain=True),
        AwardFactory(),
        complete(florida, origin="imported"),
        complete(florida, days_ago=99),
        complete(florida),
    )
    florida.report_from = out.completed_on
    florida.save()
    leave_out(award=out, officer=officer, reason="By hand")

    assert [said(award) for award in (plain, other, imported, early, out)] == [{}] * 5


def test_the_credit_page_says_it_at_the_same_cost_for_one_and_for_three(client, georgia, complete, django_assert_max_num_queries):
    award = complete(georgia, consent=False)
    client.force_login(award.dossier.user)
    address = reverse("credits:credit_list")
    client.get(address)
    with django_assert_max_num_queries(30) as first:
        page = client.get(address).content.decode()
    assert "your consent is missing" in page
    assert "/consents/us_ga_massage/?then=credits" in page
    for _ in range(2):
        AwardFactory(dossier__user=award.dossier.user, accreditation__board=georgia.board, licence=award.licence)
    with django_assert_max_num_queries(30) as second:
        client.get(address)

    assert len(first) == len(second)


def test_the_officers_page_of_an_award_leads_to_its_rows(client, florida, complete, officer):
    award = complete(florida)
    client.force_login(officer)
    address = reverse("credits_desk:award_detail", args=[award.pk])
    assert "Not with the regulator." in client.get(address).content.decode()
    row = post(florida, officer).rows.get()

    page = client.get(address).content.decode()

    assert reverse("credits_desk:report_row", args=[row.pk]) in page
    assert "Line 1 of batch 1" in page
    assert school_today().strftime("%Y") in page
