"""At the end of retention the evidence under one subject prefix may go, and no other: whoever deletes names the prefix for the transaction."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION streaming_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    prefix text := NULLIF(current_setting('smrt.forgotten_prefix', true), '');
    found text;
BEGIN
    IF TG_OP = 'DELETE' AND prefix IS NOT NULL THEN
        IF TG_TABLE_NAME = 'streaming_playbacksession' THEN
            SELECT subject INTO found FROM streaming_watchevidence WHERE id = (to_jsonb(OLD) ->> 'evidence_id')::bigint;
        ELSE
            found := to_jsonb(OLD) ->> 'subject';
        END IF;
        IF starts_with(found, prefix) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'Watch evidence only grows and is never deleted.' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION streaming_keep_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Watch evidence only grows and is never deleted.' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("streaming", "0014_end_whole_film_jobs")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
