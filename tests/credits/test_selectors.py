"""Reads that the portal and other apps share cost the same for one row and for three."""

import pytest

from credits import services
from credits.models import AwardEntry
from credits.selectors import awards_of, completions_of, held_awards_count, licences_of
from tests.factories.accounts import UserFactory
from tests.factories.credits import AwardFactory, LicenceFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [1, 3])
def test_a_persons_reads_cost_constant_queries(django_assert_num_queries, number):
    user = UserFactory()
    for _ in range(number):
        award = AwardFactory(dossier__user=user, licence=LicenceFactory(user=user))
        services.claim_completion(dossier=award.dossier, licence=LicenceFactory(user=user))
    AwardFactory()

    with django_assert_num_queries(2):
        awards = awards_of(user)
        shown = [(row.status, row.board.name, row.licence.board.name, row.holder.legal_name_printed) for row in awards]
    with django_assert_num_queries(1):
        assert [licence.board.name for licence in licences_of(user)] != []
    with django_assert_num_queries(4):
        completions = list(completions_of(user))
        assert [(row.activity.title, row.decided_claims[0].licence.board.name, row.every_award[0].status) for row in completions] != []

    assert ({status for status, *_ in shown}, len(shown), len(completions)) == ({"active"}, number, number)


def test_only_held_awards_are_counted_as_held():
    AwardFactory()
    held = AwardFactory()
    released = AwardFactory()
    for award in (held, released):
        AwardEntry.objects.create(award=award, kind="held", data={"missing": ["licence_number_missing"]})
    AwardEntry.objects.create(award=released, kind="released")

    assert held_awards_count() == 1
