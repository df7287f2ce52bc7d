"""Triggers: what is published, handed in or decided can not be changed, whoever asks."""

from django.db import migrations

VERSIONS = """
CREATE FUNCTION courses_keep_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'published' THEN
        RAISE EXCEPTION 'Version % of course % is published and never changes.', OLD.number, OLD.course_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER courses_version_is_kept BEFORE UPDATE OR DELETE ON courses_courseversion
    FOR EACH ROW EXECUTE FUNCTION courses_keep_published_version();

CREATE FUNCTION courses_keep_published_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint;
    found_state text;
BEGIN
    FOR touched IN
        SELECT DISTINCT id FROM (
            SELECT CASE WHEN TG_OP <> 'INSERT' THEN
                CASE WHEN TG_TABLE_NAME = 'courses_choice'
                    THEN (SELECT version_id FROM courses_examquestion WHERE id = (to_jsonb(OLD) ->> 'question_id')::bigint)
                    ELSE (to_jsonb(OLD) ->> 'version_id')::bigint END
            END AS id
            UNION ALL
            SELECT CASE WHEN TG_OP <> 'DELETE' THEN
                CASE WHEN TG_TABLE_NAME = 'courses_choice'
                    THEN (SELECT version_id FROM courses_examquestion WHERE id = (to_jsonb(NEW) ->> 'question_id')::bigint)
                    ELSE (to_jsonb(NEW) ->> 'version_id')::bigint END
            END
        ) AS both_sides WHERE id IS NOT NULL
    LOOP
        SELECT state INTO found_state FROM courses_courseversion WHERE id = touched FOR SHARE;
        IF found_state = 'published' THEN
            RAISE EXCEPTION 'Course version % is published; its content never changes.', touched USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
"""
CONTENT_TABLES = ("section", "lesson", "examquestion", "choice", "evaluationquestion")
CONTENT = "".join(
    f"CREATE TRIGGER courses_{table}_is_kept BEFORE INSERT OR UPDATE OR DELETE ON courses_{table}\n"
    "    FOR EACH ROW EXECUTE FUNCTION courses_keep_published_content();\n"
    for table in CONTENT_TABLES
)
RESULTS = """
CREATE FUNCTION courses_keep_exam_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.submitted_at IS NOT NULL OR NEW.questions IS DISTINCT FROM OLD.questions
       OR NEW.attempt_id <> OLD.attempt_id OR NEW.number <> OLD.number OR NEW.pass_mark <> OLD.pass_mark THEN
        RAISE EXCEPTION 'Exam % is kept as it was shown and answered.', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER courses_exam_result_is_kept BEFORE UPDATE OR DELETE ON courses_examattempt
    FOR EACH ROW EXECUTE FUNCTION courses_keep_exam_result();

CREATE FUNCTION courses_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Row % of % is a record and never changes.', OLD.id, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
RECORD_TABLES = ("completion", "affirmation", "evaluationsubmitted", "evaluationresponse")
RECORDS = "".join(
    f"CREATE TRIGGER courses_{table}_is_kept BEFORE UPDATE OR DELETE ON courses_{table}\n    FOR EACH ROW EXECUTE FUNCTION courses_keep_record();\n"
    for table in RECORD_TABLES
)
UNDO = (
    "DROP TRIGGER courses_version_is_kept ON courses_courseversion;\nDROP TRIGGER courses_exam_result_is_kept ON courses_examattempt;\n"
    + "".join(f"DROP TRIGGER courses_{table}_is_kept ON courses_{table};\n" for table in (*CONTENT_TABLES, *RECORD_TABLES))
    + "DROP FUNCTION courses_keep_published_version();\nDROP FUNCTION courses_keep_published_content();\n"
    "DROP FUNCTION courses_keep_exam_result();\nDROP FUNCTION courses_keep_record();\n"
)


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]

    operations = [migrations.RunSQL(VERSIONS + CONTENT + RESULTS + RECORDS, UNDO)]
