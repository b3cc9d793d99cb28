"""A review card never changes, except that a name may go: somebody who agreed to be named has their account erased."""

from django.db import migrations

MAKE = """
CREATE FUNCTION practices_refuse_change_of_card() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.reviewers <@ OLD.reviewers
        AND to_jsonb(NEW) - 'reviewers' = to_jsonb(OLD) - 'reviewers' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Rows of % are only ever added.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER only_added ON practices_reviewcard;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON practices_reviewcard
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change_of_card();
"""
UNMAKE = """
DROP TRIGGER only_added ON practices_reviewcard;
DROP FUNCTION practices_refuse_change_of_card;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON practices_reviewcard
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("practices", "0009_related")]

    operations = [migrations.RunSQL(MAKE, UNMAKE)]
