"""What a figure was before it changed is only ever added to: the database itself refuses anything else."""

from django.db import migrations

MAKE = """
CREATE FUNCTION countries_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are only ever added.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON countries_indicatorrevision
    FOR EACH ROW EXECUTE FUNCTION countries_refuse_change();
"""
UNMAKE = """
DROP TRIGGER only_added ON countries_indicatorrevision;
DROP FUNCTION countries_refuse_change;
"""


class Migration(migrations.Migration):
    dependencies = [("countries", "0002_figures")]

    operations = [migrations.RunSQL(MAKE, UNMAKE)]
