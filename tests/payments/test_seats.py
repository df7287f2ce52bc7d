"""An organization's seats: given, taken, given to somebody else."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.organizations import add_manager, create_organization, remove_manager
from core.errors import DomainError
from core.models import AuditEntry
from notifications.models import MailMessage
from payments import subjects
from payments.models import AccessGrant, OrganizationSeat
from payments.selectors import has_access
from payments.services import seats
from tests.factories.accounts import UserFactory
from tests.factories.payments import AccessGrantFactory, PaidOrderFactory, PriceFactory, ProductFactory
from tests.fixtures.at_once import outcomes


@pytest.fixture
def manager(db):
    return UserFactory(email="manager@example.org")


class Manual(subjects.SubjectKind):
    """Something that can be begun."""

    prefix = "manual"
    begun: frozenset[int] = frozenset()

    def is_started(self, user, subject):
        return user.pk in self.begun


@pytest.fixture
def manual(monkeypatch):
    monkeypatch.setattr(subjects, "_kinds", {})
    kind = Manual()
    subjects.register(kind)
    return kind


def pool_of(manager, quantity=2, access_days=None):
    organization = create_organization(name="Knee clinic", by=manager)
    price = PriceFactory(product=ProductFactory(subject="manual:1", title="The knee", for_organizations=True))
    order = PaidOrderFactory(user=manager, price=price, organization=organization, quantity=quantity)
    line = order.lines.get()
    line.access_days = access_days
    line.save(update_fields=["access_days"])
    return seats.create_pool(line=line)


def states(pool):
    return sorted(pool.seats.values_list("state", flat=True))


def test_a_paid_line_becomes_as_many_seats_once(manager):
    pool = pool_of(manager, quantity=3)

    again = seats.create_pool(line=pool.line)

    assert again == pool
    assert states(pool) == ["free"] * 3


def test_an_invitation_keeps_a_seat_and_its_link_gives_it(manager, manual):
    pool = pool_of(manager, access_days=90)
    ana = UserFactory(email="ana@example.org")

    outcome = seats.invite(pool=pool, addresses=["Ana@example.org", "ana@example.org"], by=manager)
    seat = pool.seats.get(state="invited")
    taken = seats.take_seat(token=seats.invitation_token(seat), user=ana)
    again = seats.take_seat(token=seats.invitation_token(seat), user=ana)

    assert outcome == seats.Invited(sent=["ana@example.org"], already=[])
    assert (taken.user, again) == (ana, taken)
    assert has_access(ana, "manual:1")
    assert taken.grant.source == "organization"
    assert abs(taken.grant.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    mail = MailMessage.objects.get()
    assert (mail.to_address, mail.is_confidential) == ("ana@example.org", True)


def test_a_list_is_invited_whole_or_not_at_all(manager, manual):
    pool = pool_of(manager, quantity=2)
    seats.invite(pool=pool, addresses=["ana@example.org"], by=manager)

    with pytest.raises(seats.SeatRefused, match="1 seats are free, but the list has 2"):
        seats.invite(pool=pool, addresses=["ben@example.org", "ana@example.org", "cyd@example.org"], by=manager)
    with pytest.raises(seats.SeatRefused, match="Not an e-mail address: ben@"):
        seats.invite(pool=pool, addresses=["ben@", "dee@example.org"], by=manager)

    assert states(pool) == ["free", "invited"]
    assert MailMessage.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    ["ana@example.org, ben@example.org", 'name,e-mail\nAna A,ana@example.org\n"Ben, B",ben@example.org', "Ana <ana@example.org>; <ben@example.org>"],
)
def test_addresses_are_found_in_lists_and_files(text):
    assert seats.addresses_of(text) == ["ana@example.org", "ben@example.org"]


def test_the_link_gives_free_seats_while_it_is_on(manager, manual):
    pool = pool_of(manager, quantity=1)
    ana, ben = UserFactory(), UserFactory()
    pool = seats.set_link(pool=pool, is_on=True, by=manager)
    token = seats.link_token(pool)

    seats.take_seat(token=token, user=ana)
    with pytest.raises(seats.SeatRefused, match="All seats are taken"):
        seats.take_seat(token=token, user=ben)
    pool = seats.set_link(pool=pool, is_on=False, by=manager)
    pool = seats.set_link(pool=pool, is_on=True, by=manager)
    with pytest.raises(seats.SeatRefused, match="switched off"):
        seats.take_seat(token=token, user=ben)

    assert states(pool) == ["taken"]


@pytest.mark.parametrize("token", ["", "x", "x:y:z", "WyJwb29sIiwxLDFd:1abc:forged"])
def test_a_link_we_did_not_sign_is_refused(db, token):
    with pytest.raises(seats.SeatRefused, match="not complete"):
        seats.take_seat(token=token, user=UserFactory())


def test_an_unused_seat_goes_to_somebody_else_and_a_used_one_does_not(manager, manual):
    pool = pool_of(manager, quantity=2)
    pool = seats.set_link(pool=pool, is_on=True, by=manager)
    ana, ben = UserFactory(), UserFactory()
    unused, used = (seats.take_seat(token=seats.link_token(pool), user=person) for person in (ana, ben))
    manual.begun = frozenset([ben.pk])

    seats.free_seat(seat=unused, by=manager)
    with pytest.raises(seats.SeatRefused, match="has begun"):
        seats.free_seat(seat=used, by=manager)

    assert states(pool) == ["free", "taken"]
    assert (has_access(ana, "manual:1"), has_access(ben, "manual:1")) == (False, True)
    assert AccessGrant.objects.get(user=ana).revoked_by == manager
    assert AuditEntry.objects.filter(action="payments.free_seat").count() == 1


def test_a_called_back_invitation_is_worthless(manager, manual):
    pool = pool_of(manager)
    seats.invite(pool=pool, addresses=["ana@example.org"], by=manager)
    seat = pool.seats.get(state="invited")
    token = seats.invitation_token(seat)

    seats.free_seat(seat=seat, by=manager)
    with pytest.raises(seats.SeatRefused, match="called back"):
        seats.take_seat(token=token, user=UserFactory(email="ana@example.org"))

    assert states(pool) == ["free", "free"]


def test_writing_again_waits_an_hour_and_ends_the_old_link(manager, manual):
    pool = pool_of(manager)
    seats.invite(pool=pool, addresses=["ana@example.org"], by=manager)
    seat = pool.seats.get(state="invited")
    old = seats.invitation_token(seat)

    with pytest.raises(seats.SeatRefused, match="Wait an hour"):
        seats.invite_again(seat=seat, by=manager)
    OrganizationSeat.objects.filter(pk=seat.pk).update(invited_at=timezone.now() - timedelta(hours=2))
    seats.invite_again(seat=seat, by=manager)
    with pytest.raises(seats.SeatRefused, match="called back"):
        seats.take_seat(token=old, user=UserFactory())

    assert MailMessage.objects.count() == 2


def test_somebody_who_has_it_leaves_the_seat_to_a_colleague(manager, manual):
    pool = seats.set_link(pool=pool_of(manager), is_on=True, by=manager)
    ana = AccessGrantFactory(subject="manual:1").user

    with pytest.raises(seats.SeatRefused, match="open to you already"):
        seats.take_seat(token=seats.link_token(pool), user=ana)

    assert states(pool) == ["free", "free"]


def test_a_refunded_line_takes_every_seat_back_once(manager, manual):
    pool = seats.set_link(pool=pool_of(manager), is_on=True, by=manager)
    ana = UserFactory()
    seats.take_seat(token=seats.link_token(pool), user=ana)
    seats.invite(pool=pool, addresses=["ben@example.org"], by=manager)

    for _ in range(2):
        seats.close_pool(line=pool.line, reason="Refunded.")
    with pytest.raises(seats.SeatRefused):
        seats.take_seat(token=seats.link_token(pool), user=ana)

    assert states(pool) == ["withdrawn", "withdrawn"]
    assert not has_access(ana, "manual:1")


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_share_three_seats(manual):
    pool = pool_of(UserFactory(), quantity=3)
    token = seats.link_token(seats.set_link(pool=pool, is_on=True, by=pool.line.order.user))
    people = [UserFactory() for _ in range(10)]

    came = outcomes(*[partial(seats.take_seat, token=token, user=person) for person in people], refused=seats.SeatRefused)

    assert {each for each in came if isinstance(each, OrganizationSeat)} == set(pool.seats.all())
    assert [each.code for each in came if isinstance(each, seats.SeatRefused)] == ["no_seat_free"] * 7
    assert AccessGrant.objects.live().count() == 3


def test_somebody_always_runs_an_organization(manager):
    organization = create_organization(name="Knee clinic", by=manager)
    other = UserFactory(email="ana@example.org")

    with pytest.raises(DomainError, match="Add another manager first"):
        remove_manager(organization=organization, user=manager, by=manager)
    with pytest.raises(DomainError, match="Nobody signs in"):
        add_manager(organization=organization, email="nobody@example.org", by=manager)
    add_manager(organization=organization, email="Ana@example.org", by=manager)
    remove_manager(organization=organization, user=manager, by=other)

    assert [row.user for row in organization.managers.filter(removed_at__isnull=True)] == [other]
