"""What a learner answered and affirmed goes once the detail of their dossier was removed, and not before."""

from django.db import migrations

EXAMS = """
CREATE FUNCTION courses_detail_is_removed(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM courses_completion c JOIN credits_dossier d ON d.id = c.dossier_id WHERE c.attempt_id = wanted AND d.purged_at IS NOT NULL)
$$;

CREATE OR REPLACE FUNCTION courses_keep_exam_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.questions = '[]'::jsonb AND NEW.answers = '{}'::jsonb
       AND to_jsonb(NEW) - 'questions' - 'answers' = to_jsonb(OLD) - 'questions' - 'answers' AND courses_detail_is_removed(OLD.attempt_id) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.submitted_at IS NOT NULL OR NEW.questions IS DISTINCT FROM OLD.questions
       OR NEW.attempt_id <> OLD.attempt_id OR NEW.number <> OLD.number OR NEW.pass_mark <> OLD.pass_mark THEN
        RAISE EXCEPTION 'Exam % is kept as it was shown and answered.', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION courses_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME IN ('courses_completion', 'courses_affirmation')
       AND to_jsonb(NEW) - 'trace' - 'wording' = to_jsonb(OLD) - 'trace' - 'wording'
       AND COALESCE(to_jsonb(NEW) ->> 'wording', '') = '' AND COALESCE(to_jsonb(NEW) #> '{trace,children}', '[]'::jsonb) = '[]'::jsonb
       AND courses_detail_is_removed((to_jsonb(OLD) ->> 'attempt_id')::bigint) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Row % of % is a record and never changes.', OLD.id, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION courses_keep_exam_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.submitted_at IS NOT NULL OR NEW.questions IS DISTINCT FROM OLD.questions
       OR NEW.attempt_id <> OLD.attempt_id OR NEW.number <> OLD.number OR NEW.pass_mark <> OLD.pass_mark THEN
        RAISE EXCEPTION 'Exam % is kept as it was shown and answered.', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION courses_keep_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Row % of % is a record and never changes.', OLD.id, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP FUNCTION courses_detail_is_removed(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("courses", "0003_courses_may_stay_out_of_the_library"), ("credits", "0021_records_are_kept")]

    operations = [migrations.RunSQL(EXAMS, BACKWARD)]
