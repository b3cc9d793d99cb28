"""Bit strings in pieces of 131,072 ordinals, so that a publication rewrites as much among millions as among a few."""

from django.db import migrations, models

import practices.models.index

_PARTED = """
    ALTER TABLE practices_facetbits DROP CONSTRAINT practices_facetbits_pkey, ADD segment smallint;
    INSERT INTO practices_facetbits (facet, value, segment, bits)
    SELECT facet, value, place, piece
    FROM practices_facetbits, generate_series(0, (length(bits) - 1) / 131072) AS place,
         LATERAL (SELECT substring(bits FROM place * 131072 + 1 FOR 131072) AS piece) AS p
    WHERE facet = 'all' OR bit_count(piece) > 0;
    DELETE FROM practices_facetbits WHERE segment IS NULL;
    ALTER TABLE practices_facetbits
        ALTER segment SET NOT NULL, ADD CHECK (segment >= 0), ADD PRIMARY KEY (facet, value, segment);
"""
_JOINED = """
    ALTER TABLE practices_facetbits DROP CONSTRAINT practices_facetbits_pkey, ALTER segment DROP NOT NULL;
    INSERT INTO practices_facetbits (facet, value, bits)
    SELECT facet, value,
           string_agg(coalesce(own.bits, repeat('0', length(a.bits))::bit varying)::text, '' ORDER BY a.segment)::bit varying
    FROM (SELECT DISTINCT facet, value FROM practices_facetbits) AS v
    CROSS JOIN (SELECT segment, bits FROM practices_facetbits WHERE facet = 'all') AS a
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
