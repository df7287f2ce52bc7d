"""The demonstration school is whole, and building it twice equals building it once."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Role
from courses.models import Course
from credits.models import Accreditation, AuditPack, Award, Certificate, ImportRow, LegalHold, Licence, PetitionPack
from credits.prospects.gaps import gaps_today
from credits.reports.queue import waiting
from credits.reports.routes import routes_in_use
from credits.selectors import school_today
from credits.standings import standing_of_licence
from demo import content
from demo.calling_off import SLUG as CALLED_OFF
from demo.roster import SLUG as YESTERDAY
from demo.school import make_product
from payments.models import Balance, Product, PromotionCode
from payments.selectors import offers_for
from streaming.models import VideoAsset
from tests.factories.accounts import user_with_role
from tests.factories.courses import published_course
from tests.factories.workshops import workshop_with_blocks
from workshops.models import Seat, Workshop


@pytest.fixture
def short_films(monkeypatch):
    """One lesson's film of ten seconds instead of five longer ones: drawing and transcoding are tested elsewhere."""
    course = content.COURSES[2]
    lesson = content.LessonContent(course.lessons[0].title, course.lessons[0].scene, 10, "")
    monkeypatch.setattr(content, "COURSES", (content.replace_lessons(course, (lesson,)),))


def test_seeding_twice_makes_one_school(db, short_films, stripe_api, settings, tmp_path, capsys):
    settings.VAR_DIR, settings.SITE_URL = tmp_path, "http://localhost:8000"
    for _ in range(2):
        call_command("seed_demo")

    assert VideoAsset.objects.count() == 1
    assert list(Course.objects.listed().values_list("slug", flat=True)) == ["smrt-for-the-shoulder-and-neck"]
    announced = Workshop.objects.exclude(state=Workshop.State.DRAFT)
    assert announced.filter(slug=YESTERDAY).count() == 1, "one that waits for its decision"
    assert announced.filter(slug=CALLED_OFF).count() == 1
    assert announced.exclude(slug__in=[YESTERDAY, CALLED_OFF]).count() == len(content.WORKSHOPS) + 1, "and a second date by the lake"
    made_here = Certificate.objects.filter(state=Certificate.State.ISSUED).exclude(award__origin=Award.Origin.IMPORTED)
    assert made_here.count() == Seat.objects.filter(completion__isnull=False).count() == 2
    assert [row.fate for row in ImportRow.objects.all()] == ["done"] * 4 + ["mistake"], "certificates of earlier years, and one line to mend"
    assert PetitionPack.objects.get().is_ready
    assert [gap.board.code for gap in gaps_today(PetitionPack.objects.get().dossier.activity, school_today())] == ["us_tx_massage"]
    assert not Accreditation.objects.filter(category_split=[]).exists()
    assert [(pack.is_ready, pack.completion_count) for pack in AuditPack.objects.all()] == [(True, 1)]
    assert LegalHold.objects.standing().count() == 1
    standing = standing_of_licence(Licence.objects.with_facts().get(board__code="us_fl_massage", user__email="learner@example.org"), school_today())
    bars = [bar for cycle in (standing.current, standing.before) if cycle for bar in cycle.bars]
    assert ("Ethics", "2", "0") in [(bar.label, bar.applied, bar.missing) for bar in bars], "the demonstration licence shows a filled minimum"
    (waits,) = waiting(routes_in_use(), today=school_today())
    assert [problem.code for problem in waits.problems] == ["licence_format"], "the post room shows what preflight finds"
    on_sale = set(Product.objects.on_sale().values_list("slug", flat=True))
    assert on_sale == {"library", "the-hip-hands-on-in-mobile", "shoulder-neck-and-jaw-in-austin"}, "those whose course is not made here are left out"
    assert set(Workshop.objects.filter(is_free=False).values_list("slug", flat=True)) == content.SOLD_WORKSHOPS
    owed = [(balance.line.beneficiary.email, balance.amount_cents) for balance in Balance.objects.owed().select_related("line__beneficiary")]
    assert owed == [("learner@example.org", 13000)], "a seat by its deposit"
    assert [(code.code, code.percent_off) for code in PromotionCode.objects.all()] == [("KNEE10", 10)]
    assert "learner@example.org" in (tmp_path / "sign-ins.txt").read_text()


@pytest.mark.parametrize(
    ("is_local", "address"), [(False, "http://localhost:8000"), (True, "https://school.example"), (True, "http://localhost.school.example")]
)
def test_the_demonstration_school_is_refused_on_a_public_site(db, settings, is_local, address):
    settings.LOCAL, settings.SITE_URL = is_local, address

    with pytest.raises(CommandError, match="public passwords"):
        call_command("seed_demo")

    assert not Course.objects.exists()


def test_what_the_school_sells_is_on_sale_once_its_courses_are_there(db):
    course = published_course(course__slug=content.HIP.slug, is_free=False)
    workshop_with_blocks(slug=content.HIP_DAY, is_free=False)
    staff = user_with_role(Role.STAFF)
    for _ in range(2):
        for product in content.PRODUCTS:
            make_product(product, staff=staff)

    assert set(Product.objects.on_sale().values_list("slug", flat=True)) == {
        "library",
        "smrt-for-the-hip",
        "the-hip-hands-on-in-mobile",
        "the-hip-both-ways",
    }
    assert [offer.label for offer in offers_for([course.subject])[course.subject]] == ["$49.00", "$199.00", "$19.00 a month", "$190.00 a year"]
