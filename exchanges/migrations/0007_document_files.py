import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchanges', '0006_amendments'),
        ('practices', '0012_preview_opened'),
    ]

    operations = [
        migrations.AlterField('document', 'url', models.URLField(blank=True, max_length=500, verbose_name='address')),
        migrations.AddField(
            'document',
            'file',
            models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='practices.file', verbose_name='file'),
        ),
        migrations.AddConstraint(
            'document',
            models.CheckConstraint(
                condition=models.Q(models.Q(('file', None), models.Q(('url', ''), _negated=True)), models.Q(('file__isnull', False), ('url', '')), _connector='OR'),
                name='document_is_a_file_or_an_address',
                violation_error_message='A document is a file or has an address, not both.',
            ),
        ),
    ]
