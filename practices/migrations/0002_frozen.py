"""A published version never changes: the database itself refuses, whoever asks and however."""

from django.db import migrations

CHILDREN = [
    "versionarea",
    "versiontopic",
    "versiontarget",
    "versioncountry",
    "versioninstitution",
    "partnerrole",
    "resultindicator",
    "lesson",
    "buildingblock",
    "reference",
]

FUNCTIONS = """
CREATE FUNCTION practices_refuse_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Version % is published: it can be neither changed nor deleted.', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION practices_refuse_rows_of_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM changed JOIN practices_version v ON v.id = changed.version_id
               WHERE v.frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Rows of % belong to a published version: they can be neither changed, added nor deleted.',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION practices_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('ssc.allow_truncate', true), '') <> 'on' THEN
        RAISE EXCEPTION 'Table % is never emptied.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION practices_refuse_new_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Reference, slug and lead country of practice % never change.', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON practices_version
    FOR EACH ROW WHEN (OLD.frozen_at IS NOT NULL) EXECUTE FUNCTION practices_refuse_frozen();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON practices_version
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_truncate();
CREATE TRIGGER same_identity BEFORE UPDATE ON practices_practice
    FOR EACH ROW WHEN (
        (OLD.reference, OLD.slug, OLD.country_id) IS DISTINCT FROM (NEW.reference, NEW.slug, NEW.country_id)
    ) EXECUTE FUNCTION practices_refuse_new_identity();
"""

DROP_FUNCTIONS = """
DROP TRIGGER frozen ON practices_version;
DROP TRIGGER never_emptied ON practices_version;
DROP TRIGGER same_identity ON practices_practice;
DROP FUNCTION practices_refuse_frozen, practices_refuse_rows_of_frozen, practices_refuse_truncate,
    practices_refuse_new_identity;
"""

# One check per statement, not per row: an import adds a million rows to versions that are not frozen yet.
GUARD = """
CREATE TRIGGER frozen_insert AFTER INSERT ON practices_{table} REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_update_old AFTER UPDATE ON practices_{table} REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_update_new AFTER UPDATE ON practices_{table} REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_delete AFTER DELETE ON practices_{table} REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON practices_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_truncate();
"""
UNGUARD = "".join(
    f"DROP TRIGGER {name} ON practices_{{table}};"
    for name in ("frozen_insert", "frozen_update_old", "frozen_update_new", "frozen_delete", "never_emptied")
)


class Migration(migrations.Migration):
    dependencies = [("practices", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *[migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in CHILDREN],
    ]
