"""The words of titles in a vector of their own, and a heap of words that holds nothing that is long.

A search then reads few pages: title, title and summary, and all words are each answered by an index alone.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations

_FILL = """
    ALTER TABLE practices_practicetext ALTER short SET STORAGE EXTERNAL, ALTER heading SET STORAGE EXTERNAL;
    UPDATE practices_practicetext
    SET heading = setweight(to_tsvector(('ssc_' || language)::regconfig, ssc_plain(title)), 'A'),
        short = short || ''::tsvector;
"""


class Migration(migrations.Migration):

    dependencies = [("practices", "0007_bit_strings")]

    operations = [
        migrations.AddField(
            "practicetext", "heading", django.contrib.postgres.search.SearchVectorField(default=""), preserve_default=False
        ),
        migrations.RunSQL(_FILL, ""),
        # The update has left a check of the foreign key behind, before which no index can be made.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", ""),
        migrations.AddIndex(
            "practicetext", django.contrib.postgres.indexes.GinIndex(fields=["heading"], name="text_heading")
        ),
    ]
