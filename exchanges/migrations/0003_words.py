"""Words of offers, needs and exchanges are found without reading every row."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import migrations

COLUMNS = {
    "offer": ["code", "title", "summary", "capacity_note", "conditions"],
    "need": ["code", "title", "summary", "outcome", "beneficiaries"],
    "exchange": ["code", "title", "topic", "objective", "outputs", "outcome", "lessons"],
}
CREATE = """
CREATE TEXT SEARCH CONFIGURATION ssc_words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION ssc_words ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
"""


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0002_moves")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TEXT SEARCH CONFIGURATION ssc_words"),
        *[
            migrations.AddIndex(model, GinIndex(SearchVector(*columns, config="ssc_words"), name=f"{model}_words"))
            for model, columns in COLUMNS.items()
        ],
    ]
