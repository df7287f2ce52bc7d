from django.db import migrations

# Every table whose rows a trigger keeps from being changed or deleted; a trigger for rows does not see a TRUNCATE.
TABLES = [
    "credits_award", "credits_awardentry", "credits_awardholder", "credits_certificate", "credits_completionflag", "credits_dossier", "credits_dossierfile",
    "credits_externalcredit", "credits_externalentry", "credits_factverification", "credits_legalhold", "credits_licenceoverride", "credits_removal",
    "credits_reportbatch", "credits_reportconsent", "credits_reportresult", "credits_reportrow", "credits_rulerevision",
]  # fmt: skip

# Only a test database, and there only a connection of the test settings, empties them between tests.
FUNCTION = r"""
CREATE FUNCTION credits_refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_database() LIKE 'test\_%' AND current_setting('smrt.may_be_emptied', true) = 'on' THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION '% is kept: TRUNCATE refused. Corrections are new rows.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""

FORWARD = FUNCTION + "".join(
    f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION credits_refuse_emptying();\n" for table in TABLES
)
BACKWARD = "".join(f"DROP TRIGGER {table}_is_not_emptied ON {table};\n" for table in TABLES) + "DROP FUNCTION credits_refuse_emptying();"


class Migration(migrations.Migration):
    dependencies = [("credits", "0030_suspensions_are_entries")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
