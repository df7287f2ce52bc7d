"""What is promised is what is awarded: effects of random sets against the standing after the same completions were really recorded."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from credits.models import Award, Licence
from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from credits.selectors import school_today
from credits.services import award_completion
from credits.standings import standing_result
from tests.credits.prospects.test_prospector import approved
from tests.credits.test_standings import award_for, licence_with
from tests.factories.accounts import LegalNameFactory
from tests.factories.credits import BirthDateFactory, DossierFactory

pytestmark = pytest.mark.django_db

BOARDS = [
    "us_fl_massage", "us_tx_massage", "us_il_massage", "us_tn_massage", "us_wa_massage", "us_va_massage", "us_pa_massage", "us_nd_massage", "us_dc_massage",
    "us_ia_massage", "us_nj_massage", "us_al_massage", "us_md_massage", "us_hi_massage", "afaa",
]  # fmt: skip
CATEGORIES = ["ethics", "laws_and_rules", "technique", "massage", "medical_errors", "self_care", "cpr", "implicit_bias"]
MODES = ["self_paced", "in_person_hands_on", "in_person_lecture", "live_remote"]


def offers_for(board, dice, today):
    found = []
    for number in range(dice.randint(1, 4)):
        units, mode = Decimal(dice.randint(1, 8)), dice.choice(MODES)
        part = dice.randint(0, int(units))
        split = [{"category": dice.choice(CATEGORIES), "units": str(part)}] if part else []
        if split and part < units:
            other = dice.choice([one for one in CATEGORIES if one != split[0]["category"]])
            split.append({"category": other, "units": str(units - part)})
        activity = approved(board, units=str(units), mode=mode, split=split)
        moment = datetime(today.year, today.month, today.day, 15, tzinfo=UTC) + timedelta(days=dice.randint(1, 40))
        found.append(Offer(f"o{number}", activity, moment.date(), minutes={mode: 360}, ends_at=moment))
    return found


@pytest.mark.parametrize("code", BOARDS)
def test_the_promise_is_kept(code):
    dice = random.Random(code)
    licence = licence_with(code, number="A100", issued_on=date(2021, 4, 10), practising_since=date(2015, 1, 1))
    licence.board.units_per_contact_hour = Decimal(1)
    BirthDateFactory(user=licence.user, born_on=date(1985, 6, 15))
    LegalNameFactory(user=licence.user)  # without it awards are held
    today = school_today()  # awards are recorded by the database's clock, so the test goes by it too
    for _ in range(dice.randint(0, 4)):
        award_for(licence, units=str(dice.randint(1, 6)), mode=dice.choice(MODES), category_split=[], day=today - timedelta(days=dice.randint(1, 120)))
    offers = offers_for(licence.board, dice, today)
    prospector = Prospector(licence.user, today)
    (mine,) = prospector.licences
    assert prospector.gap(mine) is None

    effect = prospector.effect(mine, offers)

    for offer in offers:
        facts = {"offered": {"minutes": dict(offer.minutes)}}
        dossier = DossierFactory(user=licence.user, activity=offer.activity, completed_at=offer.ends_at, zone="UTC", facts=facts)
        award_completion(dossier=dossier)
    assert Award.objects.filter(dossier__activity__in=[offer.activity for offer in offers], board=licence.board).count() == len(offers)
    as_of = max(today, *(offer.day for offer in offers))
    loaded = Licence.objects.with_facts().get(pk=licence.pk)
    cycle = next(row for row in standing_result(loaded, as_of)["cycles"] if row["start"] <= today.isoformat() <= row["end"])
    assert f"{effect.needed_after}" == cycle["additional_needed"]
    assert [(missing, f"{units}") for missing, units in effect.missing_after] == [(row["code"], row["units"]) for row in cycle["minima_missing"]]
