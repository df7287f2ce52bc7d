"""What Django cannot say about the evidence tables: room for updates in place, and that evidence never shrinks or goes."""

from django.db import migrations

FORWARD = """
ALTER TABLE streaming_watchevidence SET (fillfactor = 70);
ALTER TABLE streaming_playbacksession SET (fillfactor = 70);

CREATE FUNCTION streaming_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Watch evidence only grows and is never deleted.' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER evidence_only_grows BEFORE UPDATE ON streaming_watchevidence FOR EACH ROW
    WHEN (NOT NEW.covered @> OLD.covered OR NEW.wall_ms < OLD.wall_ms OR NEW.subject <> OLD.subject OR NEW.asset_id <> OLD.asset_id)
    EXECUTE FUNCTION streaming_keep_evidence();
CREATE TRIGGER evidence_is_kept BEFORE DELETE ON streaming_watchevidence FOR EACH ROW EXECUTE FUNCTION streaming_keep_evidence();
CREATE TRIGGER sessions_are_kept BEFORE DELETE ON streaming_playbacksession FOR EACH ROW EXECUTE FUNCTION streaming_keep_evidence();
"""

BACKWARD = """
DROP TRIGGER sessions_are_kept ON streaming_playbacksession;
DROP TRIGGER evidence_is_kept ON streaming_watchevidence;
DROP TRIGGER evidence_only_grows ON streaming_watchevidence;
DROP FUNCTION streaming_keep_evidence();
ALTER TABLE streaming_playbacksession RESET (fillfactor);
ALTER TABLE streaming_watchevidence RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("streaming", "0002_watching")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
