from django.db import migrations

# A draft may change and be thrown away. After that its words stand, a state moves only forwards, and what was said of it once stays said.
FORWARD = """
CREATE FUNCTION credits_keep_rule_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'draft' THEN
      RAISE EXCEPTION 'A rule revision that was submitted is kept: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF (NEW.board_id, NEW.number, NEW.origin) IS DISTINCT FROM (OLD.board_id, OLD.number, OLD.origin) THEN
    RAISE EXCEPTION 'A rule revision keeps its board, its number and its origin.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state = 'draft' THEN
    RETURN NEW;
  END IF;
  IF (NEW.text, NEW.content, NEW.author_id, NEW.reason, NEW.purpose, NEW.base_id, NEW.submitted_at)
     IS DISTINCT FROM (OLD.text, OLD.content, OLD.author_id, OLD.reason, OLD.purpose, OLD.base_id, OLD.submitted_at) THEN
    RAISE EXCEPTION 'A rule revision that was submitted keeps its words. A correction is a new revision.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('waiting', 'approved'), ('waiting', 'withdrawn'), ('approved', 'withdrawn')) THEN
    RAISE EXCEPTION 'A rule revision does not go from % to %.', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state = 'withdrawn' AND OLD.state = 'approved' AND OLD.took_force_at IS NOT NULL THEN
    RAISE EXCEPTION 'A rule that was in force is replaced by a new revision, not withdrawn.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.approved_at IS NOT NULL
     AND (NEW.approved_at, NEW.approved_by_id, NEW.sole_officer, NEW.sole_reason, NEW.in_force_from)
     IS DISTINCT FROM (OLD.approved_at, OLD.approved_by_id, OLD.sole_officer, OLD.sole_reason, OLD.in_force_from) THEN
    RAISE EXCEPTION 'A sign-off stands as it was given.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id) IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))
     OR (OLD.took_force_at IS NOT NULL AND NEW.took_force_at IS DISTINCT FROM OLD.took_force_at)
     OR (OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at, NEW.withdrawn_by_id, NEW.withdraw_reason)
         IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_by_id, OLD.withdraw_reason)) THEN
    RAISE EXCEPTION 'What was noted of a rule revision stays noted.' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credits_rulerevision_keeps_its_word BEFORE UPDATE OR DELETE ON credits_rulerevision
  FOR EACH ROW EXECUTE FUNCTION credits_keep_rule_revision();

CREATE FUNCTION credits_keep_fact_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.withdrawn_at IS NULL
     AND (NEW.board_id, NEW.kind, NEW.name, NEW.digest, NEW.verified_by_id, NEW.verified_by_name, NEW.verified_on, NEW.source_seen)
     IS NOT DISTINCT FROM
     (OLD.board_id, OLD.kind, OLD.name, OLD.digest, OLD.verified_by_id, OLD.verified_by_name, OLD.verified_on, OLD.source_seen) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'A verification stands as it was given: % refused. It can be withdrawn once, with a reason.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER credits_factverification_keeps_its_word BEFORE UPDATE OR DELETE ON credits_factverification
  FOR EACH ROW EXECUTE FUNCTION credits_keep_fact_verification();
"""
BACKWARD = """
DROP TRIGGER credits_factverification_keeps_its_word ON credits_factverification;
DROP FUNCTION credits_keep_fact_verification();
DROP TRIGGER credits_rulerevision_keeps_its_word ON credits_rulerevision;
DROP FUNCTION credits_keep_rule_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0008_rule_revisions")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
