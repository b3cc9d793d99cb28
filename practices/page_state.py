"""What the page of a practice is drawn from, in one short text: while it stays the same, so does the page.

Most publications are of other practices. An answer that is kept under this text (``ssc_portal.kept_answers``) need not
be drawn again for them.
"""

from django.db import connection

from practices.names import names

# A frozen version and the rows below it never change, so its id stands for all of them. Everything else that the page
# shows is named here; a test compares with the tables that the page reads.
_SQL = """
    SELECT md5(concat_ws(' ', p, i,
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_translation t WHERE t.practice_id = p.id),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_adoption t WHERE t.practice_id = p.id),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_practicelink t
            WHERE p.id IN (t.practice_id, t.target_id)),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_brief t WHERE t.version_id = p.live_id),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_reviewcard t WHERE t.version_id = p.live_id),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM practices_file t
            JOIN practices_versionfile v ON v.file_id = t.id WHERE v.version_id = p.live_id),
        (SELECT string_agg(t::text, ' ' ORDER BY t.id) FROM accounts_organisation t WHERE t.id IN (
            SELECT organisation_id FROM practices_versioninstitution WHERE version_id = p.live_id
            UNION SELECT organisation_id FROM practices_partnerrole WHERE version_id = p.live_id)),
        (SELECT string_agg(t.document::text, ' ' ORDER BY t.practice_id) FROM practices_practiceindex t
          WHERE t.practice_id IN (
            SELECT (near ->> 'id')::bigint FROM jsonb_array_elements(i.related) near
            UNION SELECT target_id FROM practices_practicelink WHERE practice_id = p.id
            UNION SELECT practice_id FROM practices_practicelink WHERE target_id = p.id))))
    FROM practices_practice p JOIN practices_practiceindex i ON i.practice_id = p.id
    WHERE p.slug = %s AND p.merged_into_id IS NULL AND jsonb_typeof(i.related) = 'array'
"""


def page_state(serial, slug):
    """The state of all that the page of the practice ``slug`` shows at the public ``serial``.

    None where there is no such page, or nobody knows yet what is related. One statement; after each publication once
    more that of the names.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [slug])
        row = cursor.fetchone()
    return f"{row[0]} {names(serial).state}" if row else None
