"""Where a licence stands, as an officer reads it at the desk."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from credits.desk import licences
from credits.desk.standing_gaps import WORDS, gap_for_officer
from credits.models import Licence
from credits.standing_words import Words, must_match
from credits.standings import Gap, standing_of_licence
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BirthDateFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
ISSUED = date(2022, 3, 1)
OFFICERS_PAGE_QUERIES = 12


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(licences, "today_of", lambda person: TODAY)
    monkeypatch.setattr("credits.standing_views.today_of", lambda person: TODAY)


@pytest.fixture
def officer(client):
    person = user_with_role("ce_officer")
    client.force_login(person)
    return person


def licence_with(code="us_fl_massage", **values):
    holder = UserFactory(display_name="Zoë Brown", email="zoe+ce@example.org")
    return LicenceFactory(user=holder, board=BoardFactory(code=code, name="Board of Massage Therapy"), **({"issued_on": ISSUED} | values))


def award_for(licence, *, units="6", day=date(2026, 5, 9)):
    accreditation = AccreditationFactory(board=licence.board, units=Decimal(units))
    dossier = DossierFactory(user=licence.user, activity=accreditation.activity, completed_on=day)
    return AwardFactory(
        dossier=dossier, accreditation=accreditation, board=licence.board, licence=licence, units=Decimal(units), mode="self_paced", completed_on=day
    )


def address_of(licence):
    return reverse("credits_desk:licence_standing", args=[licence.pk])


def content_of(answer):
    """The page's own part: what stands beside the desk's navigation."""
    page = answer.content.decode()
    return page[page.index('<div class="desk__main">') : page.index("</main>")]


def parts_of(page):
    """The figures, pictures and tables of a standing, without the words that address the reader."""
    return [
        re.findall(pattern, page, re.DOTALL)
        for pattern in (r"<svg.*?</svg>", r"<table.*?</table>", r'<ul class="standing.*?</ul>', r'<dl class="facts.*?</dl>')
    ]


def test_an_officer_reads_what_the_learner_reads(client, officer):
    licence = licence_with()
    for day in (date(2026, 5, 9), date(2025, 3, 1), date(2022, 5, 1)):
        award_for(licence, day=day)

    page = content_of(client.get(address_of(licence)))
    client.force_login(licence.user)
    learners = client.get(reverse("credits:licence_standing", args=[licence.pk])).content.decode()
    learners = learners[learners.index('<div class="standing">') :]

    sentence = standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), TODAY).sentence
    assert sentence.startswith("19 more hours by August 31, 2027")
    assert sentence in page
    assert all(parts_of(learners))
    assert parts_of(page[page.index('<div class="standing">') :]) == parts_of(learners)


def test_it_names_the_person_and_says_that_nobody_checked_the_rules(client, officer):
    licence = licence_with()
    award_for(licence)

    page = content_of(client.get(address_of(licence)))

    assert "<bdi>Zoë Brown</bdi>, zoe+ce@example.org" in page
    assert "not yet checked by a person at the school" in page
    assert page.count("guidance, not legal advice") == 1
    assert "section-64b7-28-009" in page


def test_it_speaks_of_the_learner_and_links_to_nothing_of_theirs(client, officer):
    page = content_of(client.get(address_of(licence_with())))

    assert "Nothing the learner earned with us falls into this cycle yet." in page
    assert "earned elsewhere whose proof was accepted" in page
    assert not re.search(r"\byour?\b", page, re.IGNORECASE)
    links = re.findall(r'href="(/[^"]*)"', page)
    assert links
    assert all(client.get(link).status_code == 200 for link in links)
    assert not [link for link in links if not link.startswith("/desk/")]


def test_what_changed_after_a_renewal_is_said_of_the_learner():
    row = {
        "status": "met", "reasons": ["required_overridden"], "blocked_by": [], "carried_in": "0", "shortfall_in": "0", "exception": True,
    }  # fmt: skip

    said = {to_holder: list(must_match(row, {}, Words(None, {}, {}, to_holder)))[-1] for to_holder in (True, False)}

    assert said[True].startswith("You renewed this cycle.")
    assert said[False].startswith("The learner renewed this cycle.")


def test_the_desks_page_of_the_licence_leads_there_and_back(client, officer):
    licence = licence_with()
    facts = reverse("credits_desk:licence_detail", args=[licence.pk])

    assert f'href="{address_of(licence)}"' in content_of(client.get(facts))
    assert f'href="{facts}"' in content_of(client.get(address_of(licence)))


def test_staff_who_are_no_officers_are_not_led_there(client):
    licence = licence_with()
    client.force_login(user_with_role("staff"))

    facts = client.get(reverse("credits_desk:licence_detail", args=[licence.pk]))

    assert (facts.status_code, client.get(address_of(licence)).status_code) == (200, 403)
    assert address_of(licence) not in facts.content.decode()


def test_an_unknown_licence_is_not_found(client, officer):
    assert client.get(reverse("credits_desk:licence_standing", args=[987654])).status_code == 404


def test_the_date_of_birth_stays_the_learners(client, officer):
    licence = licence_with("us_ny_massage", issued_on=date(2020, 1, 10))
    BirthDateFactory(user=licence.user, born_on=date(1985, 6, 15))

    page = content_of(client.get(address_of(licence)))

    assert "by June 30, 2029" in page
    assert "1985" not in page
    assert "June 15" not in page


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("no_such_board", {}, "Ask the board what it wants, and tell the learner"),
        ("us_ct_massage", {}, "Ask the board for the renewal date, and tell the learner"),
        ("us_fl_massage", {"issued_on": None}, "Ask the learner to give the date the licence was issued"),
        ("us_ny_massage", {}, "Ask the learner to give their date of birth"),
        ("us_fl_massage", {"issued_on": date(2027, 1, 1)}, "ask the learner to correct it"),
    ],
)
def test_where_nothing_can_be_said_it_says_what_the_officer_can_do(client, officer, code, values, said):
    licence = licence_with(code, **values)

    page = content_of(client.get(address_of(licence)))

    assert said in page
    assert page.count("<h1>") == 1
    assert not re.search(r"\byour?\b", page, re.IGNORECASE)
    links = re.findall(r'href="(/[^"]*)"', page)
    assert f"{reverse('credits_desk:award_list')}?q=zoe%2Bce%40example.org" in links
    assert all(client.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize("code", WORDS)
def test_each_gap_has_words_for_the_officer(code):
    licence = licence_with()

    gap = gap_for_officer(licence, Gap(code, "Your title", "Give it", "/learner/", "Give it now", why="It is not in the text."))

    assert gap.code == code
    assert not re.search(r"\byour?\b|%", f"{gap.title} {gap.explanation}", re.IGNORECASE)
    assert (gap.address == "/learner/") == (code in ("no_rules", "nothing_asked", "no_calendar", "no_cycle"))  # those lead to the board


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_a_constant_number_of_queries(client, officer, django_assert_num_queries, count):
    licence = licence_with()
    for _ in range(count):
        award_for(licence)
    LicenceFactory.create_batch(count, user=licence.user)
    client.get(address_of(licence))

    with django_assert_num_queries(OFFICERS_PAGE_QUERIES):
        assert client.get(address_of(licence)).status_code == 200
