"""What is related to a practice, kept with its index row."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("practices", "0008_headings")]

    operations = [
        migrations.AddField(
            "practiceindex",
            "related",
            models.JSONField(
                null=True,
                help_text="The practices most like it, best first: [{id, words in common}]; null until computed.",
            ),
        ),
    ]
