from django.db import migrations

FORWARD = """
CREATE FUNCTION credits_freeze_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A certificate is never deleted.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (NEW.award_id, NEW.version, NEW.serial, NEW.token, NEW.status_list_id, NEW.status_list_index)
     IS DISTINCT FROM (OLD.award_id, OLD.version, OLD.serial, OLD.token, OLD.status_list_id, OLD.status_list_index)
     OR NEW.supersedes_id IS DISTINCT FROM OLD.supersedes_id THEN
    RAISE EXCEPTION 'What names a certificate never changes.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.sha256 <> '' THEN
    IF (NEW.sha256, NEW.unsigned_sha256, NEW.size_bytes, NEW.file_key, NEW.issued_at, NEW.signing_key_id, NEW.engine)
       IS DISTINCT FROM (OLD.sha256, OLD.unsigned_sha256, OLD.size_bytes, OLD.file_key, OLD.issued_at, OLD.signing_key_id, OLD.engine) THEN
      RAISE EXCEPTION 'What was issued never changes.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.snapshot IS DISTINCT FROM OLD.snapshot OR NEW.credential_jwt IS DISTINCT FROM OLD.credential_jwt THEN
      IF NEW.purged_at IS NULL OR OLD.purged_at IS NOT NULL OR NEW.snapshot <> '{}'::jsonb OR NEW.credential_jwt <> '' THEN
        RAISE EXCEPTION 'What was issued never changes.' USING ERRCODE = 'restrict_violation';
      END IF;
    END IF;
    IF NEW.staged IS DISTINCT FROM OLD.staged AND NEW.staged IS NOT NULL THEN
      RAISE EXCEPTION 'What was issued never changes.' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  IF OLD.state = 'revoked' AND NEW.state <> 'revoked' OR OLD.state = 'superseded' AND NEW.state <> 'superseded'
     OR OLD.state <> 'pending' AND NEW.state = 'pending' THEN
    RAISE EXCEPTION 'A certificate cannot go from % to %.', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER certificates_are_frozen BEFORE UPDATE OR DELETE ON credits_certificate
  FOR EACH ROW EXECUTE FUNCTION credits_freeze_certificate();
"""

BACKWARD = """
DROP TRIGGER certificates_are_frozen ON credits_certificate;
DROP FUNCTION credits_freeze_certificate();
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0002_certificates")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
