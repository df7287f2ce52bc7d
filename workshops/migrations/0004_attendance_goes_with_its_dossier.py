"""A log of arrivals and departures goes once the detail of its dossier was removed, and not before."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION workshops_attendance_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM workshops_workshopcompletion c JOIN credits_dossier d ON d.id = c.dossier_id WHERE c.seat_id = OLD.seat_id AND d.purged_at IS NOT NULL
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The attendance log is append-only: annul an entry by a later one.';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION workshops_attendance_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The attendance log is append-only: annul an entry by a later one.';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("workshops", "0003_seat_holds"), ("credits", "0021_records_are_kept")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
