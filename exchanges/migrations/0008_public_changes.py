"""When each exchange, offer and need changed last, for whoever follows; so far that is when it was changed at all."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
INSERT INTO exchanges_{name}change ({name}_id, changed_at)
SELECT id, least(updated_at, now()) + row_number() OVER (ORDER BY least(updated_at, now()), id) * interval '1 microsecond'
FROM exchanges_{name} WHERE {since} IS NOT NULL AND visibility = 'public'
"""


def changes_of(name, plural, article):
    return migrations.CreateModel(
        name=f"{name}Change",
        fields=[
            ("changed_at", models.DateTimeField(unique=True, verbose_name="changed at")),
            (
                name.lower(),
                models.OneToOneField(
                    on_delete=django.db.models.deletion.CASCADE,
                    primary_key=True,
                    related_name="public_change",
                    serialize=False,
                    to=f"exchanges.{name.lower()}",
                ),
            ),
        ],
        options={
            "verbose_name": f"change of {article} {name.lower()}",
            "verbose_name_plural": f"changes of {plural}",
        },
    )


def filled(name, since):
    return migrations.RunSQL(FILL.format(name=name, since=since), migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("exchanges", "0007_document_files"), ("practices", "0013_public_changes")]

    operations = [
        changes_of("Exchange", "exchanges", "an"),
        changes_of("Offer", "offers", "an"),
        changes_of("Need", "needs", "a"),
        filled("exchange", "published_at"),
        filled("offer", "opened_at"),
        filled("need", "opened_at"),
    ]
