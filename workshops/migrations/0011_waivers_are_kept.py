"""A wording is never changed; that somebody accepted it goes after seven years, and not before."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION workshops_waivers_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'workshops_waiveracceptance' THEN
        IF OLD.accepted_at < now() - interval '7 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'Waivers and their acceptance are kept as they were: write a new version.';
END $$;
CREATE TRIGGER waiver_versions_are_kept BEFORE UPDATE OR DELETE ON workshops_waiverversion FOR EACH ROW EXECUTE FUNCTION workshops_waivers_are_kept();
CREATE TRIGGER waiver_acceptances_are_kept BEFORE UPDATE OR DELETE ON workshops_waiveracceptance FOR EACH ROW EXECUTE FUNCTION workshops_waivers_are_kept();
"""

BACKWARD = """
DROP TRIGGER waiver_versions_are_kept ON workshops_waiverversion;
DROP TRIGGER waiver_acceptances_are_kept ON workshops_waiveracceptance;
DROP FUNCTION workshops_waivers_are_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("workshops", "0010_registrations_and_transfers")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
