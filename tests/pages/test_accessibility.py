"""Every page in a real browser, at a phone's width and a desk's: one h1, a title, no axe finding, nothing that scrolls sideways."""

from __future__ import annotations

from playwright.sync_api import expect

from accounts.models import Role
from core import desk
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.courses import completed, enrolled, exam_passed, published_course, watch
from tests.factories.credits import AccreditationFactory, AwardFactory, LicenceFactory
from tests.factories.notifications import MailMessageFactory
from tests.factories.payments import AccessGrantFactory
from tests.factories.streaming import ReadyAssetFactory
from tests.factories.workshops import SeatFactory, workshop_with_blocks


def test_public_pages_are_accessible(look_at, transactional_db):
    course, workshop = published_course(), workshop_with_blocks()
    AccreditationFactory(activity=course.current_version.activity)
    certificate = CertificateFactory()
    paths = ["/", "/search/", "/search/?q=knee", "/search/?q=zeppelin", "/courses/", "/courses/?words=zeppelin", course.get_absolute_url()]
    paths += ["/workshops/", "/workshops/?place=zeppelin", workshop.get_absolute_url(), "/c/", certificate.get_absolute_url(), "/no-such-page/"]
    paths += [f"/account/{name}/" for name in ("login", "signup", "password/reset", "password/reset/done", "confirm-email")]

    assert look_at(paths) == {}


def test_pages_of_a_newcomer_are_accessible(look_at, transactional_db):
    paths = ["/dashboard/", "/courses/attempts/", "/credits/", "/credits/licences/", "/credits/licences/add/", "/credits/certificates/", "/desk/"]
    paths += [f"/account/{name}/" for name in ("details", "legal-name", "email", "password/change", "2fa", "sessions", "logout", "reauthenticate")]

    assert look_at(paths, UserFactory()) == {}


def test_pages_of_a_learner_are_accessible(look_at, transactional_db):
    attempt = enrolled(published_course(lessons=2))
    watch(attempt, share=0.5)
    watched = enrolled(published_course(), learner=attempt.learner)
    exam_passed(watched)
    done = completed(enrolled(published_course(), learner=attempt.learner))
    seat = SeatFactory(learner=attempt.learner)
    licence = LicenceFactory(user=attempt.learner)
    own = f"/courses/attempts/{attempt.pk}/"
    paths = ["/dashboard/", "/courses/attempts/", own, f"{own}lessons/{attempt.version.lessons.first().pk}/", f"{own}exam/"]
    paths += [f"/courses/attempts/{watched.pk}/evaluation/", f"/courses/attempts/{watched.pk}/exam/1/", f"/courses/attempts/{done.pk}/completion/"]
    paths += [seat.workshop.get_absolute_url(), f"{seat.workshop.get_absolute_url()}cancel/"]
    paths += ["/credits/", "/credits/licences/", f"/credits/licences/{licence.pk}/", "/credits/certificates/"]

    assert look_at(paths, attempt.learner) == {}


def test_pages_of_the_desk_are_accessible(look_at, transactional_db):
    course, team = published_course(), user_with_role(*Role.values)
    workshop = SeatFactory(workshop=workshop_with_blocks(instructor=team)).workshop
    award, accreditation = AwardFactory(), AccreditationFactory()
    AccessGrantFactory()
    MailMessageFactory()
    asset = ReadyAssetFactory()
    listed = [page.url for group in desk.navigation_for(team, "/desk/") for page in group.pages]
    paths = [*listed, f"/desk/courses/{course.pk}/", f"/desk/courses/{course.pk}/roster/", "/desk/courses/new/"]
    paths += [f"/desk/courses/versions/{course.current_version.pk}/{part}/" for part in ("preview", "outline", "exam", "credit")]
    paths += [f"/desk/workshops/{workshop.pk}/", "/desk/workshops/new/", f"/desk/video/{asset.uuid}/", "/desk/video/upload/", "/desk/access/new/"]
    paths += [f"/desk/credits/awards/{award.pk}/", f"/desk/credits/awards/{award.pk}/correct/", f"/desk/credits/awards/{award.pk}/revoke/"]
    paths += [f"/desk/credits/approvals/{accreditation.pk}/", "/desk/credits/approvals/add/", "/desk/credits/awards/issue/"]

    assert look_at(paths, team) == {}


def test_the_menu_of_a_phone_opens_by_keyboard_and_closes_on_escape(new_page, live_site):
    page = new_page(width=390)
    page.goto(live_site)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("summary:visible").focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Create an account")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Create an account")).to_be_hidden()


def test_the_menu_of_a_phone_works_without_javascript(new_page, live_site):
    page = new_page(width=390, java_script_enabled=False)
    page.goto(live_site)

    page.locator("summary:visible").click()

    expect(page.get_by_role("link", name="Create an account")).to_be_visible()


def test_dark_colours_have_enough_contrast(new_page, axe, live_site):
    page = new_page(color_scheme="dark", bypass_csp=True)
    page.goto(live_site)

    assert axe(page) == []


def test_an_invalid_form_says_so_and_links_to_the_field(new_page, axe, live_site):
    page = new_page(bypass_csp=True)
    page.goto(f"{live_site}/account/login/")
    page.fill("input[name=login]", "nobody@example.com")
    page.fill("input[name=password]", "wrong-password")
    page.locator("main form button[type=submit]").first.click()

    expect(page.get_by_role("alert").first).to_be_visible()
    expect(page.locator(".form-errors")).to_be_focused()
    assert axe(page) == []
