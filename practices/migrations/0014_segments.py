"""Bit strings in pieces of 16,384 ordinals, so that a publication rewrites as little among millions as among a few.

A piece stands in its row, where it is read and written in a fraction of the time.
"""

from django.db import migrations, models

import practices.models.index

_PARTED = """
    ALTER TABLE practices_facetbits DROP CONSTRAINT practices_facetbits_pkey, ADD segment smallint,
        ALTER bits SET STORAGE PLAIN, RESET (fillfactor);
    INSERT INTO practices_facetbits (facet, value, segment, bits)
    SELECT facet, value, place, piece || repeat('0', 16384 - length(piece))::bit varying
    FROM practices_facetbits, generate_series(0, (length(bits) - 1) / 16384) AS place,
         LATERAL (SELECT substring(bits FROM place * 16384 + 1 FOR 16384) AS piece) AS p
    WHERE facet = 'all' OR bit_count(piece) > 0;
    DELETE FROM practices_facetbits WHERE segment IS NULL;
    ALTER TABLE practices_facetbits
        ALTER segment SET NOT NULL, ADD CHECK (segment >= 0), ADD PRIMARY KEY (facet, value, segment);
"""
_JOINED = """
    ALTER TABLE practices_facetbits DROP CONSTRAINT practices_facetbits_pkey, ALTER segment DROP NOT NULL,
        ALTER bits SET STORAGE EXTERNAL, SET (fillfactor = 50);
    INSERT INTO practices_facetbits (facet, value, bits)
    SELECT facet, value,
           string_agg(coalesce(own.bits::text, repeat('0', 16384)), '' ORDER BY a.segment)::bit varying
    FROM (SELECT DISTINCT facet, value FROM practices_facetbits) AS v
    CROSS JOIN (SELECT segment FROM practices_facetbits WHERE facet = 'all') AS a
    LEFT JOIN practices_facetbits AS own USING (facet, value, segment)
    GROUP BY facet, value;
    DELETE FROM practices_facetbits WHERE segment IS NOT NULL;
    ALTER TABLE practices_facetbits DROP segment, ADD PRIMARY KEY (facet, value);
"""


class Migration(migrations.Migration):
    dependencies = [("practices", "0013_public_changes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_PARTED, _JOINED)],
            # A key of several columns cannot be altered.
            state_operations=[
                migrations.DeleteModel("FacetBits"),
                migrations.CreateModel(
                    name="FacetBits",
                    fields=[
                        ("pk", models.CompositePrimaryKey("facet", "value", "segment", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("facet", models.CharField(max_length=20)),
                        ("value", models.CharField(max_length=60)),
                        ("segment", models.PositiveSmallIntegerField()),
                        ("bits", practices.models.index.BitStringField()),
                    ],
                    options={"verbose_name": "bit string of a facet", "verbose_name_plural": "bit strings of facets"},
                ),
            ],
        )
    ]
