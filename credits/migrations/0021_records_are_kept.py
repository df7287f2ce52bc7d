from django.db import migrations

# How long a completion's records are kept, whether something holds them, and that nothing goes before. Python asks the same functions.
FUNCTIONS = """
CREATE FUNCTION credits_kept_until(wanted bigint) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (d.completed_on + make_interval(years => GREATEST(7, COALESCE((
    SELECT max(b.retention_years) FROM credits_award a
      LEFT JOIN credits_accreditation x ON x.id = a.accreditation_id
      JOIN credits_board b ON b.id IN (a.board_id, x.board_id)
     WHERE a.dossier_id = d.id), 0))))::date
  FROM credits_dossier d WHERE d.id = wanted
$$;

CREATE FUNCTION credits_is_held(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM credits_legalhold h JOIN credits_dossier d ON d.id = wanted
     WHERE h.lifted_at IS NULL AND (
       h.person_id = d.user_id OR h.activity_id = d.activity_id
       OR h.board_id IN (
         SELECT unnest(ARRAY[a.board_id, x.board_id]) FROM credits_award a
           LEFT JOIN credits_accreditation x ON x.id = a.accreditation_id WHERE a.dossier_id = d.id)))
$$;

CREATE FUNCTION credits_check_purge(wanted bigint, what text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF credits_kept_until(wanted) >= CURRENT_DATE THEN
    RAISE EXCEPTION '% of completion % is kept until %.', what, wanted, credits_kept_until(wanted) USING ERRCODE = 'restrict_violation';
  END IF;
  IF credits_is_held(wanted) THEN
    RAISE EXCEPTION '% of completion % is under legal hold.', what, wanted USING ERRCODE = 'restrict_violation';
  END IF;
END $$;

CREATE FUNCTION credits_keep_dossier() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL
     AND to_jsonb(NEW) - 'facts' - 'trace' - 'purged_at' = to_jsonb(OLD) - 'facts' - 'trace' - 'purged_at' THEN
    PERFORM credits_check_purge(OLD.id, 'The dossier');
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused. Corrections are new rows.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION credits_keep_dossier_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.content = ''::bytea
     AND (NEW.id, NEW.dossier_id, NEW.name, NEW.size_bytes, NEW.sha256) = (OLD.id, OLD.dossier_id, OLD.name, OLD.size_bytes, OLD.sha256) THEN
    PERFORM credits_check_purge(OLD.dossier_id, 'A file');
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused. Corrections are new rows.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION credits_keep_award_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW IS DISTINCT FROM OLD AND NEW.reason = '' AND NOT NEW.data ? 'changes'
     AND to_jsonb(NEW) - 'reason' - 'data' = to_jsonb(OLD) - 'reason' - 'data' AND NEW.data = OLD.data - 'changes' THEN
    PERFORM credits_check_purge((SELECT dossier_id FROM credits_award WHERE id = OLD.award_id), 'An entry');
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused. Corrections are new rows.', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION credits_keep_award_holder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'The holder of an award is never deleted.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.purged_at IS NOT NULL THEN
    RAISE EXCEPTION 'What was removed of a holder stays removed.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.purged_at IS NOT NULL THEN
    PERFORM credits_check_purge((SELECT dossier_id FROM credits_award WHERE id = OLD.award_id), 'The holder');
  ELSIF OLD.legal_name_printed <> '' AND NEW.legal_name_printed = '' OR OLD.licence_number <> '' AND NEW.licence_number = ''
     OR OLD.user_id IS NOT NULL AND NEW.user_id IS NULL OR NEW.award_id <> OLD.award_id THEN
    RAISE EXCEPTION 'The holder of an award is kept.' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION credits_keep_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM credits_check_purge((SELECT dossier_id FROM credits_award WHERE id = OLD.award_id), 'The certificate');
  RETURN NEW;
END $$;

CREATE FUNCTION credits_keep_legal_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL
     OR (NEW.person_id, NEW.activity_id, NEW.board_id, NEW.reason, NEW.placed_by_id, NEW.created_at)
        IS DISTINCT FROM (OLD.person_id, OLD.activity_id, OLD.board_id, OLD.reason, OLD.placed_by_id, OLD.created_at) THEN
    RAISE EXCEPTION 'A legal hold is lifted, never changed or deleted.' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
"""
GUARDS = {
    "credits_dossier": "credits_keep_dossier",
    "credits_dossierfile": "credits_keep_dossier_file",
    "credits_awardentry": "credits_keep_award_entry",
}
REPLACED = "".join(f"DROP TRIGGER {table}_is_append_only ON {table};\n" for table in GUARDS)
KEPT = "".join(
    f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();\n"
    for table, function in (GUARDS | {"credits_awardholder": "credits_keep_award_holder", "credits_legalhold": "credits_keep_legal_hold"}).items()
)
OTHERS = """
CREATE TRIGGER credits_certificate_is_kept BEFORE UPDATE ON credits_certificate FOR EACH ROW
  WHEN (OLD.purged_at IS NULL AND NEW.purged_at IS NOT NULL) EXECUTE FUNCTION credits_keep_certificate();
CREATE TRIGGER credits_removal_is_append_only BEFORE UPDATE OR DELETE ON credits_removal FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();
CREATE TRIGGER credits_completionflag_is_kept BEFORE DELETE ON credits_completionflag FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();
CREATE TRIGGER credits_licenceoverride_is_kept BEFORE DELETE ON credits_licenceoverride FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();
"""
BACKWARD = (
    "".join(
        f"DROP TRIGGER {table}_is_kept ON {table};\n"
        for table in (*GUARDS, "credits_awardholder", "credits_legalhold", "credits_certificate", "credits_completionflag", "credits_licenceoverride")
    )
    + "DROP TRIGGER credits_removal_is_append_only ON credits_removal;\n"
    + "".join(
        f"CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();\n" for table in GUARDS
    )
    + "DROP FUNCTION credits_keep_dossier(), credits_keep_dossier_file(), credits_keep_award_entry(), credits_keep_award_holder(), credits_keep_certificate(),"
    " credits_keep_legal_hold(), credits_check_purge(bigint, text), credits_is_held(bigint), credits_kept_until(bigint);"
)


class Migration(migrations.Migration):
    dependencies = [("credits", "0020_retention")]

    operations = [migrations.RunSQL(FUNCTIONS + REPLACED + KEPT + OTHERS, BACKWARD)]
