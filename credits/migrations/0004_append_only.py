from django.db import migrations

TABLES = ["credits_dossier", "credits_dossierfile", "credits_award", "credits_awardentry"]

FUNCTION = """
CREATE FUNCTION credits_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused. Corrections are new rows.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""

FORWARD = FUNCTION + "".join(
    f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();\n" for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER {table}_is_append_only ON {table};\n" for table in TABLES) + "DROP FUNCTION credits_refuse_change();"


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_certificates_are_frozen")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
