"""Bit strings for facets, narrow rows of words for search, and the words that queries are understood with.

Everything here is derived: what was there goes, and ``manage.py reindex`` makes it anew (``manage.py migrate`` is
followed by it wherever the portal is started by its own commands).
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import practices.models.index

# Words as they are compared: Arabic letters that are written in several ways as one of them, joined words apart, no
# tags, whose content the parser leaves out. One character stands for one, so that places in a text stay the same.
_PLAIN = """
    CREATE FUNCTION ssc_plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate($1, '/_<>أإآٱةى', '    ااااهي');
"""
# What is long stands outside of the heap, so that a search reads little but what it compares.
_STORAGE = """
    ALTER TABLE practices_practiceindex SET (toast_tuple_target = 128);
    ALTER TABLE practices_practicetext SET (toast_tuple_target = 128);
    ALTER TABLE practices_practicetext
        ALTER title SET STORAGE EXTENDED, ALTER summary SET STORAGE EXTENDED, ALTER sections SET STORAGE EXTENDED,
        ALTER vector SET STORAGE EXTERNAL, ALTER short SET STORAGE MAIN;
    ALTER TABLE practices_facetbits ALTER bits SET STORAGE EXTERNAL;
    ALTER TABLE practices_facetbits SET (
        fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
        toast.autovacuum_vacuum_threshold = 2000, toast.autovacuum_vacuum_scale_factor = 0.1
    );
    ALTER TABLE practices_searchword SET (fillfactor = 80);
"""


class Migration(migrations.Migration):

    dependencies = [("practices", "0006_country_profiles")]

    operations = [
        migrations.RunSQL("DELETE FROM practices_practiceindex; DELETE FROM practices_practicetext", ""),
        migrations.RunSQL(_PLAIN, "DROP FUNCTION ssc_plain"),
        migrations.CreateModel(
            name="FacetBits",
            fields=[
                ("pk", models.CompositePrimaryKey("facet", "value", blank=True, editable=False, primary_key=True, serialize=False)),
                ("facet", models.CharField(max_length=20)),
                ("value", models.CharField(max_length=60)),
                ("bits", practices.models.index.BitStringField()),
            ],
            options={"verbose_name": "bit string of a facet", "verbose_name_plural": "bit strings of facets"},
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("texts_count", models.PositiveIntegerField(default=0, help_text="Rows of PracticeText that hold it.")),
            ],
            options={"verbose_name": "word for spelling", "verbose_name_plural": "words for spelling"},
        ),
        migrations.CreateModel(
            name="SearchTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("concept", models.CharField(max_length=80)),
                ("language", models.CharField(choices=[("en", "English"), ("fr", "Français"), ("es", "Español"), ("pt", "Português"), ("ar", "العربية")], max_length=2)),
                ("text", models.TextField()),
                ("lexemes", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("places", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), help_text="Where each word stands in the name.", size=None)),
                ("code", models.CharField(blank=True, max_length=80)),
            ],
            options={"verbose_name": "term for search", "verbose_name_plural": "terms for search"},
        ),
        migrations.RemoveIndex(model_name="practicetext", name="text_vector"),
        migrations.RemoveIndex(model_name="practicetext", name="text_fuzzy"),
        migrations.RemoveIndex(model_name="practiceindex", name="index_codes"),
        migrations.RemoveField(model_name="practicetext", name="body"),
        migrations.RemoveField(model_name="practicetext", name="fuzzy"),
        migrations.RemoveField(model_name="practicetext", name="names"),
        migrations.AddField("practicetext", "ordinal", models.PositiveIntegerField(), preserve_default=False),
        migrations.AddField("practicetext", "published_at", models.DateTimeField(), preserve_default=False),
        migrations.AddField("practicetext", "sections", models.JSONField(help_text="{section: text}"), preserve_default=False),
        migrations.AddField("practicetext", "short", django.contrib.postgres.search.SearchVectorField(), preserve_default=False),
        migrations.AddField(
            "practiceindex",
            "ordinal",
            models.PositiveIntegerField(help_text="Its place in all bit strings (FacetBits).", unique=True),
            preserve_default=False,
        ),
        migrations.AddIndex("practicetext", django.contrib.postgres.indexes.GinIndex(fields=["vector"], name="text_vector")),
        migrations.AddIndex("practicetext", django.contrib.postgres.indexes.GinIndex(fields=["short"], name="text_short")),
        migrations.AddIndex("searchword", django.contrib.postgres.indexes.GinIndex(fields=["word"], name="word_trigrams", opclasses=["gin_trgm_ops"])),
        migrations.AddIndex("searchterm", models.Index(fields=["concept"], name="term_concept")),
        migrations.AddIndex("practiceindex", models.Index(models.F("title_key"), models.F("practice"), name="index_title")),
        migrations.AddIndex(
            "practiceindex",
            models.Index(
                models.F("evidence").desc(),
                models.F("published_at").desc(),
                models.F("practice").desc(),
                name="index_strongest",
            ),
        ),
        migrations.AddIndex(
            "practiceindex",
            models.Index(
                models.F("adoptions_count").desc(),
                models.F("published_at").desc(),
                models.F("practice").desc(),
                name="index_most_adopted",
            ),
        ),
        migrations.AddIndex(
            "practiceindex",
            django.contrib.postgres.indexes.GinIndex(fields=["topics", "countries"], name="index_codes"),
        ),
        migrations.RunSQL(_STORAGE, ""),
    ]
