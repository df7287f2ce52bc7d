"""Eyes of the database's own: what a race must never show, looked at in every commit; and patience for races."""

import pytest
from django.db import connection

from workshops.moving import services as moving
from workshops.services import locking

FORGET = "DROP TABLE IF EXISTS seats_seen; DROP FUNCTION IF EXISTS note_seats() CASCADE"
WATCH = f"""
{FORGET};  -- what a run that was killed left
CREATE TABLE seats_seen (taken int, capacity int, passed_by int);
CREATE FUNCTION note_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seats_seen SELECT
        (SELECT count(*) FROM workshops_seat WHERE workshop_id = NEW.workshop_id
            AND (state = 'confirmed' OR (state = 'held' AND replaces_id IS NULL AND hold_until > statement_timestamp()))),
        (SELECT capacity FROM workshops_workshop WHERE id = NEW.workshop_id),
        -- somebody who was never offered this place has it while others wait for one that they could have had
        CASE WHEN TG_OP = 'INSERT' AND NEW.offer_id IS NULL AND NEW.state <> 'cancelled' THEN (
            SELECT count(*) FROM workshops_waitingentry entry
            WHERE entry.workshop_id = NEW.workshop_id AND entry.state = 'waiting' AND entry.party = 1 AND entry.place = NEW.place
            AND NOT EXISTS (
                SELECT FROM workshops_seat own WHERE own.workshop_id = entry.workshop_id AND own.learner_id = entry.learner_id AND own.state <> 'cancelled'))
        ELSE 0 END;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_seats AFTER INSERT OR UPDATE ON workshops_seat DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_seats();
"""


@pytest.fixture(autouse=True, scope="session")
def _patient_with_a_slow_machine():
    """People are told after three seconds that many are taking seats; with other work on the machine a race may take longer."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (locking, moving):
            patch.setattr(module, "LOCK_TIMEOUT", "100s")
        yield


def _read(columns):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM seats_seen")
        return list(cursor)


@pytest.fixture
def commits_seen(transactional_db):
    """At every commit that changed a seat: how many were taken, of how many, and how many who waited were passed by."""
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
    yield lambda: _read("taken, capacity, passed_by")
    with connection.cursor() as cursor:
        cursor.execute(FORGET)


@pytest.fixture
def seats_seen(commits_seen):
    """The seats taken, counted by the database at every commit that changed one."""
    return lambda: [taken for taken, _, _ in commits_seen()]
