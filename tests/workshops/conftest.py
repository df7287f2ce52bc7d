"""Eyes of the database's own: what a race must never show, looked at in every commit."""

import pytest
from django.db import connection

WATCH = """
CREATE TABLE seats_seen (taken int);
CREATE FUNCTION note_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO seats_seen SELECT count(*) FROM workshops_seat WHERE workshop_id = NEW.workshop_id
        AND (state = 'confirmed' OR (state = 'held' AND hold_until > statement_timestamp()));
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note_seats AFTER INSERT OR UPDATE ON workshops_seat DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_seats();
"""


@pytest.fixture
def seats_seen(transactional_db):
    """The seats taken, counted by the database at every commit that changed one."""
    with connection.cursor() as cursor:
        cursor.execute(WATCH)

    def read():
        with connection.cursor() as cursor:
            cursor.execute("SELECT taken FROM seats_seen")
            return [row[0] for row in cursor]

    yield read
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER note_seats ON workshops_seat; DROP FUNCTION note_seats(); DROP TABLE seats_seen")
