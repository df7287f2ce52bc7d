"""Attendance is evidence: rows are added, never changed or removed."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workshops_attendance_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The attendance log is append-only: annul an entry by a later one.';
END $$;
CREATE TRIGGER attendance_is_append_only BEFORE UPDATE OR DELETE ON workshops_attendance
FOR EACH ROW EXECUTE FUNCTION workshops_attendance_is_append_only();
"""

BACKWARD = """
DROP TRIGGER attendance_is_append_only ON workshops_attendance;
DROP FUNCTION workshops_attendance_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("workshops", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
