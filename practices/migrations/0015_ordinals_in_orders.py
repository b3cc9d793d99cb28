"""Indexes that lists are ordered by hold the ordinals too: whether a row is chosen is seen without reading it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('practices', '0014_segments'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='practiceindex',
            name='index_newest_first',
        ),
        migrations.RemoveIndex(
            model_name='practiceindex',
            name='index_title',
        ),
        migrations.RemoveIndex(
            model_name='practiceindex',
            name='index_strongest',
        ),
        migrations.RemoveIndex(
            model_name='practiceindex',
            name='index_most_adopted',
        ),
        migrations.AddIndex(
            model_name='practiceindex',
            index=models.Index(models.OrderBy(models.F('published_at'), descending=True), models.OrderBy(models.F('practice'), descending=True), include=('ordinal',), name='index_newest_first'),
        ),
        migrations.AddIndex(
            model_name='practiceindex',
            index=models.Index(models.F('title_key'), models.F('practice'), include=('ordinal',), name='index_title'),
        ),
        migrations.AddIndex(
            model_name='practiceindex',
            index=models.Index(models.OrderBy(models.F('evidence'), descending=True), models.OrderBy(models.F('published_at'), descending=True), models.OrderBy(models.F('practice'), descending=True), include=('ordinal',), name='index_strongest'),
        ),
        migrations.AddIndex(
            model_name='practiceindex',
            index=models.Index(models.OrderBy(models.F('adoptions_count'), descending=True), models.OrderBy(models.F('published_at'), descending=True), models.OrderBy(models.F('practice'), descending=True), include=('ordinal',), name='index_most_adopted'),
        ),
    ]
