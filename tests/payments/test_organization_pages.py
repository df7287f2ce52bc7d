"""Organizations' pages: from a name to people at work."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from accounts.organizations import create_organization
from payments import subjects
from payments.models import Order, OrganizationSeat
from payments.services import project_session, seats
from payments.subjects import Progress
from tests.factories.accounts import UserFactory
from tests.factories.payments import PaidOrderFactory, PriceFactory, ProductFactory


class Manual(subjects.SubjectKind):
    prefix = "manual"

    def titles(self, names):
        return dict.fromkeys(names, "The knee manual")

    def progress(self, users, subject):
        return {pk: Progress("Lesson 2 of 4", 50) for pk in users}


@pytest.fixture(autouse=True)
def manual(monkeypatch):
    kinds = dict(subjects._kinds)
    monkeypatch.setattr(subjects, "_kinds", kinds)
    subjects.register(Manual())


@pytest.fixture
def manager(db, client):
    person = UserFactory(email="manager@example.org")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


@pytest.fixture
def product(db):
    return ProductFactory(subject="manual:1", title="The knee", for_organizations=True)


def pool_of(manager, product, quantity=3):
    organization = create_organization(name="Knee clinic", by=manager)
    price = PriceFactory(product=product)
    order = PaidOrderFactory(user=manager, price=price, organization=organization, quantity=quantity)
    return seats.create_pool(line=order.lines.get())


def test_a_manager_names_an_organization_and_changes_it(client, manager):
    assert b"You run no organization yet" in client.get("/payments/organizations/").content

    client.post("/payments/organizations/new/", {"name": "Knee clinic", "billing_address": "1 Main St", "tax_id": ""})
    organization = Organization.objects.get()
    client.post(f"/payments/organizations/{organization.pk}/edit/", {"name": "Knee and hip clinic", "billing_address": "2 Main St", "tax_id": "12-3"})

    organization.refresh_from_db()
    assert (organization.name, organization.billing_address, organization.tax_id) == ("Knee and hip clinic", "2 Main St", "12-3")
    assert "Knee and hip clinic" in client.get("/payments/organizations/").content.decode()


def test_seats_are_paid_for_at_the_stand_in_and_are_there(client, manager, product, stripe_api):
    PriceFactory(product=product, amount_cents=4900)
    PriceFactory(product=product, amount_cents=4000, min_quantity=5)
    organization = create_organization(name="Knee clinic", by=manager)

    answer = client.post(f"/payments/organizations/{organization.pk}/buy/{product.slug}/", {"quantity": 6})
    order = Order.objects.get()
    stripe_api.control.pay(order.attempts.get().stripe_session_id)
    project_session(session_id=order.attempts.get().stripe_session_id)

    assert answer["Location"].startswith(stripe_api.url)
    order.refresh_from_db()
    assert (order.organization, order.quantity, order.total_cents, order.state) == (organization, 6, 24_000, "paid")
    assert OrganizationSeat.objects.filter(pool__organization=organization, state="free").count() == 6
    assert client.get(f"/payments/organizations/{organization.pk}/").status_code == 200


def test_too_few_or_a_wrong_code_say_so_and_order_nothing(client, manager, product):
    PriceFactory(product=product, min_quantity=5)
    organization = create_organization(name="Knee clinic", by=manager)

    few = client.post(f"/payments/organizations/{organization.pk}/buy/{product.slug}/", {"quantity": 2})

    assert (few.status_code, b"At least 5 seats" in few.content) == (422, True)
    assert not Order.objects.exists()


def test_a_csv_file_invites_and_a_wrong_one_says_why(client, manager, product):
    pool = pool_of(manager, product)
    file = SimpleUploadedFile("team.csv", b"name,mail\nAna,ana@example.org\nBen,ben@example.org\n", "text/csv")
    picture = SimpleUploadedFile("team.csv", b"\xff\xfe\x00\x81", "text/csv")

    wrong = client.post(pool.get_absolute_url(), {"people": "", "file": picture})
    empty = client.post(pool.get_absolute_url(), {"people": "nobody here"})
    client.post(pool.get_absolute_url(), {"people": "", "file": file})

    assert (wrong.status_code, b"UTF-8" in wrong.content) == (422, True)
    assert (empty.status_code, b"no e-mail address" in empty.content) == (422, True)
    assert sorted(pool.seats.filter(state="invited").values_list("email", flat=True)) == ["ana@example.org", "ben@example.org"]


def test_an_invited_person_takes_the_seat_and_the_manager_sees_how_far_they_are(client, manager, product):
    pool = pool_of(manager, product)
    seats.invite(pool=pool, addresses=["ana@example.org"], by=manager)
    token = seats.invitation_token(pool.seats.get(state="invited"))
    ana = UserFactory(email="ana@example.org", display_name="=Ana")
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(reverse("payments:seat_take", args=[token]))
    client.post(reverse("payments:seat_take", args=[token]))
    client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
    pool_page = client.get(pool.get_absolute_url()).content.decode()
    report = client.get(f"/payments/seats/pools/{pool.pk}/report.csv").content.decode()

    assert "Knee clinic will see your name" in page.content.decode()
    assert "Lesson 2 of 4" in pool_page
    assert "Taken,'=Ana,ana@example.org" in report


def test_words_without_an_address_are_named_and_the_others_invited(client, manager, product):
    pool = pool_of(manager, product)

    response = client.post(pool.get_absolute_url(), {"people": "ann@example.org, Ben Bones\nCleo <cleo@example.org>"}, follow=True)

    assert "Left out, because no e-mail address is in it: Ben Bones." in response.text
    assert sorted(pool.seats.filter(state="invited").values_list("email", flat=True)) == ["ann@example.org", "cleo@example.org"]


def test_following_the_link_again_leads_to_what_the_seat_opens(client, manager, product):
    pool = seats.set_link(pool=pool_of(manager, product), is_on=True, by=manager)
    link = reverse("payments:seat_take", args=[seats.link_token(pool)])
    client.post(link)
    seats.set_link(pool=pool, is_on=False, by=manager)

    response = client.get(link, follow=True)

    assert response.redirect_chain
    assert "You have this seat already." in response.text
    assert pool.seats.filter(state="taken").count() == 1


def test_a_bad_link_is_refused_with_a_sentence(client, manager):
    answer = client.get(reverse("payments:seat_take", args=["forged"]))

    assert (answer.status_code, b"not complete" in answer.content) == (409, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_seats_cost_the_same_queries_for_one_and_three(client, manager, product, count, django_assert_num_queries):
    pool = seats.set_link(pool=pool_of(manager, product), is_on=True, by=manager)
    for _ in range(count):
        seats.take_seat(token=seats.link_token(pool), user=UserFactory())
    client.get(pool.get_absolute_url())

    with django_assert_num_queries(5):
        client.get(pool.get_absolute_url())


def test_a_manager_sees_no_steps_after_access_has_ended(client, manager, product):
    pool = seats.set_link(pool=pool_of(manager, product), is_on=True, by=manager)
    seat = seats.take_seat(token=seats.link_token(pool), user=UserFactory())
    type(seat.grant).objects.filter(pk=seat.grant_id).update(starts_at=timezone.now() - timedelta(days=9), expires_at=timezone.now() - timedelta(days=1))

    page = client.get(pool.get_absolute_url()).content.decode()

    assert "Access has ended" in page
    assert "Lesson 2 of 4" not in page
