"""What people maintain on pages stands at a revision, and a form that is sent twice makes one row."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchanges', '0003_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='call',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='created at'),
        ),
        migrations.AddField(
            model_name='call',
            name='form_key',
            field=models.UUIDField(blank=True, null=True, unique=True, verbose_name='key of the form that began it'),
        ),
        migrations.AddField(
            model_name='call',
            name='revision',
            field=models.PositiveIntegerField(default=1, verbose_name='revision'),
        ),
        migrations.AddField(
            model_name='call',
            name='updated_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='last changed at'),
        ),
        migrations.AddField(
            model_name='call',
            name='updated_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='contribution',
            name='form_key',
            field=models.UUIDField(blank=True, null=True, unique=True, verbose_name='key of the form that began it'),
        ),
        migrations.AddField(
            model_name='contribution',
            name='revision',
            field=models.PositiveIntegerField(default=1, verbose_name='revision'),
        ),
        migrations.AddField(
            model_name='contribution',
            name='updated_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='last changed at'),
        ),
        migrations.AddField(
            model_name='contribution',
            name='updated_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='fund',
            name='form_key',
            field=models.UUIDField(blank=True, null=True, unique=True, verbose_name='key of the form that began it'),
        ),
        migrations.AddField(
            model_name='project',
            name='form_key',
            field=models.UUIDField(blank=True, null=True, unique=True, verbose_name='key of the form that began it'),
        ),
    ]
