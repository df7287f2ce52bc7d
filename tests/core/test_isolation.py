"""A database at another isolation level is refused by whoever connects to it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from tests.factories.accounts import UserFactory


@pytest.fixture
def begins_at(settings):
    """Connect anew with transactions that begin at `level`."""

    def connect(level):
        connection.close()
        connection.settings_dict["OPTIONS"] = {**options, "options": f"-c default_transaction_isolation={level}"}

    options = connection.settings_dict["OPTIONS"]
    yield connect
    connection.close()
    connection.settings_dict["OPTIONS"] = options


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("level", ["repeatable\\ read", "serializable"])
def test_another_level_is_refused_at_each_try(begins_at, level):
    begins_at(level)

    for _try in range(2):  # the refused connection is not kept and used after all
        with pytest.raises(ImproperlyConfigured, match="Set default_transaction_isolation to 'read committed'"):
            UserFactory()


@pytest.mark.django_db(transaction=True)
def test_read_committed_is_fine(begins_at):
    begins_at("read\\ committed")

    assert UserFactory().pk
