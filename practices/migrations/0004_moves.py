"""A second lock under the workflow: the database knows the moves of a submission, and keeps what was only ever added."""

from django.db import migrations

MOVES = {
    "draft": ["endorsement", "submitted", "withdrawn"],
    "endorsement": ["submitted", "draft", "withdrawn"],
    "submitted": ["in_review", "withdrawn"],
    "in_review": ["submitted", "changes_requested", "published", "declined", "withdrawn"],
    "changes_requested": ["in_review", "withdrawn"],
}
ARROWS = ", ".join(f"('{start}', '{end}')" for start, ends in MOVES.items() for end in ends)
APPEND_ONLY = ["submissionevent", "snapshot", "reviewcard"]

MAKE = f"""
CREATE FUNCTION practices_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({ARROWS}) THEN
        RAISE EXCEPTION 'Submission % does not move from % to %.', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION practices_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are only ever added.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER known_moves BEFORE UPDATE OF status ON practices_submission
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION practices_refuse_move();
CREATE TRIGGER begins_as_draft BEFORE INSERT ON practices_submission
    FOR EACH ROW WHEN (NEW.status <> 'draft') EXECUTE FUNCTION practices_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON practices_submission
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change();
"""
UNMAKE = """
DROP TRIGGER known_moves ON practices_submission;
DROP TRIGGER begins_as_draft ON practices_submission;
DROP TRIGGER never_deleted ON practices_submission;
DROP FUNCTION practices_refuse_move, practices_refuse_change;
"""
GUARD = """
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON practices_{table}
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON practices_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_truncate();
"""
UNGUARD = "DROP TRIGGER only_added ON practices_{table}; DROP TRIGGER never_emptied ON practices_{table};"


class Migration(migrations.Migration):
    dependencies = [("practices", "0003_submissions")]

    operations = [
        migrations.RunSQL(MAKE, UNMAKE),
        *[migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in APPEND_ONLY],
    ]
