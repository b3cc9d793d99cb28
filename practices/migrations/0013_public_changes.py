"""When each practice changed last, for whoever follows; so far that is when it was updated or retracted."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO practices_publicchange (practice_id, changed_at)
SELECT id, least(updated_at, now()) + row_number() OVER (ORDER BY least(updated_at, now()), id) * interval '1 microsecond'
FROM practices_practice
"""


class Migration(migrations.Migration):
    dependencies = [("practices", "0012_preview_opened")]

    operations = [
        migrations.CreateModel(
            name="PublicChange",
            fields=[
                (
                    "practice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="public_change",
                        serialize=False,
                        to="practices.practice",
                    ),
                ),
                ("changed_at", models.DateTimeField(unique=True, verbose_name="changed at")),
            ],
            options={"verbose_name": "change of a practice", "verbose_name_plural": "changes of practices"},
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
