from django.db import migrations

# A draft may be made anew or thrown away. What was locked for posting keeps its bytes and rows; only what became of them is written beside.
FORWARD = """
CREATE FUNCTION credits_keep_report_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state <> 'draft' THEN
      RAISE EXCEPTION 'A report batch that was locked is kept: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.state <> 'draft'
     AND (NEW.board_id, NEW.number, NEW.system, NEW.layout, NEW.file_name, NEW.content, NEW.sha256, NEW.row_count, NEW.made_by_id, NEW.made_at,
          NEW.locked_by_id, NEW.locked_at)
     IS DISTINCT FROM
         (OLD.board_id, OLD.number, OLD.system, OLD.layout, OLD.file_name, OLD.content, OLD.sha256, OLD.row_count, OLD.made_by_id, OLD.made_at,
          OLD.locked_by_id, OLD.locked_at) THEN
    RAISE EXCEPTION 'A report batch that was locked keeps its file.' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (('draft', 'locked'), ('locked', 'posted'), ('locked', 'abandoned')) THEN
    RAISE EXCEPTION 'A report batch does not go from % to %.', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.state IN ('posted', 'abandoned') AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'A report batch that is % changes no more.', OLD.state USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION credits_keep_report_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  batch_state text;
BEGIN
  SELECT state INTO batch_state FROM credits_reportbatch WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.batch_id ELSE OLD.batch_id END;
  IF batch_state <> 'draft' THEN
    IF TG_OP IN ('INSERT', 'DELETE') THEN
      RAISE EXCEPTION 'The rows of a report batch that was locked are kept: % refused.', TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.batch_id, NEW.award_id, NEW.position, NEW.action, NEW.corrects_id, NEW.entry, NEW.key, NEW.payload)
       IS DISTINCT FROM (OLD.batch_id, OLD.award_id, OLD.position, OLD.action, OLD.corrects_id, OLD.entry, OLD.key, OLD.payload) THEN
      RAISE EXCEPTION 'A row of a report batch that was locked keeps what it says.' USING ERRCODE = 'restrict_violation';
    END IF;
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER credits_reportbatch_is_kept BEFORE UPDATE OR DELETE ON credits_reportbatch
  FOR EACH ROW EXECUTE FUNCTION credits_keep_report_batch();
CREATE TRIGGER credits_reportrow_is_kept BEFORE INSERT OR UPDATE OR DELETE ON credits_reportrow
  FOR EACH ROW EXECUTE FUNCTION credits_keep_report_row();
CREATE TRIGGER credits_reportresult_is_append_only BEFORE UPDATE OR DELETE ON credits_reportresult
  FOR EACH ROW EXECUTE FUNCTION credits_refuse_change();
"""
BACKWARD = """
DROP TRIGGER credits_reportresult_is_append_only ON credits_reportresult;
DROP TRIGGER credits_reportrow_is_kept ON credits_reportrow;
DROP TRIGGER credits_reportbatch_is_kept ON credits_reportbatch;
DROP FUNCTION credits_keep_report_row();
DROP FUNCTION credits_keep_report_batch();
"""


class Migration(migrations.Migration):
    dependencies = [("credits", "0014_reports")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
