"""A second lock under the workflow: the database knows the moves, keeps what was only ever added, and lets nobody
give to themselves."""

from django.db import migrations

MOVES = {
    "offer": {
        "draft": ["endorsement", "open", "closed"],
        "endorsement": ["open", "draft", "closed"],
        "open": ["paused", "closed", "expired"],
        "paused": ["open", "closed", "expired"],
    },
    "need": {
        "draft": ["endorsement", "open", "withdrawn"],
        "endorsement": ["open", "draft", "withdrawn"],
        "open": ["matched", "closed", "withdrawn"],
        "matched": ["open", "closed", "withdrawn"],
    },
    "exchange": {
        "proposed": ["agreed", "declined", "cancelled"],
        "agreed": ["preparing", "cancelled"],
        "preparing": ["running", "cancelled"],
        "running": ["reporting", "cancelled"],
        "reporting": ["closed", "cancelled"],
        "closed": ["followed_up"],
    },
}
BEGINNINGS = {"offer": "'draft'", "need": "'draft'", "exchange": "'proposed', 'recorded'"}
APPEND_ONLY = ["offerevent", "needevent", "exchangeevent", "signature", "message"]


def arrows(moves):
    return ", ".join(f"('{start}', '{end}')" for start, ends in moves.items() for end in ends)


MAKE_MOVES = """
CREATE FUNCTION exchanges_refuse_move_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({arrows}) THEN
        RAISE EXCEPTION '% does not move from % to %.', OLD.code, OLD.status, NEW.status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER known_moves BEFORE UPDATE OF status ON exchanges_{table}
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION exchanges_refuse_move_of_{table}();
CREATE TRIGGER known_beginning BEFORE INSERT ON exchanges_{table}
    FOR EACH ROW WHEN (NEW.status NOT IN ({beginnings})) EXECUTE FUNCTION practices_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON exchanges_{table}
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change();
"""
UNMAKE_MOVES = """
DROP TRIGGER known_moves ON exchanges_{table};
DROP TRIGGER known_beginning ON exchanges_{table};
DROP TRIGGER never_deleted ON exchanges_{table};
DROP FUNCTION exchanges_refuse_move_of_{table};
"""
GUARD = """
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON exchanges_{table}
    FOR EACH ROW EXECUTE FUNCTION practices_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON exchanges_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_truncate();
"""
UNGUARD = "DROP TRIGGER only_added ON exchanges_{table}; DROP TRIGGER never_emptied ON exchanges_{table};"
SELVES = """
CREATE FUNCTION exchanges_refuse_own_party() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM exchanges_party AS other
        WHERE other.exchange_id = NEW.exchange_id AND other.id <> NEW.id AND other.role <> NEW.role
            AND (other.country_id = NEW.country_id OR other.organisation_id = NEW.organisation_id)
            AND (other.phase = NEW.phase OR '' IN (other.phase, NEW.phase))
    ) THEN
        RAISE EXCEPTION 'A party plays one role in a phase.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_with_itself BEFORE INSERT OR UPDATE ON exchanges_party
    FOR EACH ROW EXECUTE FUNCTION exchanges_refuse_own_party();
CREATE FUNCTION exchanges_refuse_own_need() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM exchanges_need WHERE id = NEW.need_id AND country_id = NEW.country_id) THEN
        RAISE EXCEPTION 'A country does not answer or join its own need.' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_with_itself BEFORE INSERT OR UPDATE ON exchanges_match
    FOR EACH ROW EXECUTE FUNCTION exchanges_refuse_own_need();
CREATE TRIGGER not_with_itself BEFORE INSERT OR UPDATE ON exchanges_needcountry
    FOR EACH ROW EXECUTE FUNCTION exchanges_refuse_own_need();
"""
UNSELVES = """
DROP TRIGGER not_with_itself ON exchanges_party;
DROP TRIGGER not_with_itself ON exchanges_match;
DROP TRIGGER not_with_itself ON exchanges_needcountry;
DROP FUNCTION exchanges_refuse_own_party, exchanges_refuse_own_need;
"""


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0001_initial"), ("practices", "0004_moves")]

    operations = [
        *[
            migrations.RunSQL(
                MAKE_MOVES.format(table=table, arrows=arrows(moves), beginnings=BEGINNINGS[table]),
                UNMAKE_MOVES.format(table=table),
            )
            for table, moves in MOVES.items()
        ],
        *[migrations.RunSQL(GUARD.format(table=table), UNGUARD.format(table=table)) for table in APPEND_ONLY],
        migrations.RunSQL(SELVES, UNSELVES),
    ]
