"""Files that people give, and which version shows them: rows below a version, which freeze with it."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


# As for the other rows below a version (0002_frozen.py).
GUARD = """
CREATE TRIGGER frozen_insert AFTER INSERT ON practices_versionfile REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_update_old AFTER UPDATE ON practices_versionfile REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_update_new AFTER UPDATE ON practices_versionfile REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER frozen_delete AFTER DELETE ON practices_versionfile REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_rows_of_frozen();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON practices_versionfile
    FOR EACH STATEMENT EXECUTE FUNCTION practices_refuse_truncate();
"""
UNGUARD = "".join(
    f"DROP TRIGGER {name} ON practices_versionfile;"
    for name in ("frozen_insert", "frozen_update_old", "frozen_update_new", "frozen_delete", "never_emptied")
)


class Migration(migrations.Migration):

    dependencies = [
        ('practices', '0010_cards_forget_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='key')),
                ('kind', models.CharField(choices=[('image', 'Picture'), ('pdf', 'PDF'), ('docx', 'Word document'), ('xlsx', 'Excel sheet')], max_length=8, verbose_name='kind')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('stored', models.FileField(max_length=120, upload_to='files/', verbose_name='stored as')),
                ('checksum', models.CharField(max_length=64, verbose_name='SHA-256 of the stored bytes')),
                ('size', models.PositiveBigIntegerField(verbose_name='size in bytes')),
                ('width', models.PositiveIntegerField(blank=True, null=True, verbose_name='width in pixels')),
                ('height', models.PositiveIntegerField(blank=True, null=True, verbose_name='height in pixels')),
                ('renditions', models.JSONField(blank=True, default=dict, verbose_name='renditions')),
                ('uploaded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='given at')),
                ('scan', models.CharField(choices=[('not_asked', 'No scanner was asked'), ('clean', 'Clean'), ('found', 'Malware found')], default='not_asked', max_length=12, verbose_name='malware scan')),
                ('prepared_at', models.DateTimeField(blank=True, null=True, verbose_name='prepared at')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='to be prepared at')),
                ('leased_until', models.DateTimeField(blank=True, null=True, verbose_name='being prepared until')),
                ('attempts_count', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('last_error', models.TextField(blank=True, verbose_name='last error')),
                ('consent_kind', models.CharField(blank=True, choices=[('written', 'The people shown agreed in writing'), ('guardian', 'Parents or guardians agreed in writing for the children shown'), ('spoken', 'The people shown agreed in words, before a witness'), ('nobody', 'Nobody can be recognised')], max_length=12, verbose_name='consent')),
                ('consent_until', models.DateField(blank=True, null=True, verbose_name='consent ends on')),
                ('hidden_at', models.DateTimeField(blank=True, null=True, verbose_name='hidden since')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed at')),
                ('uploader', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='given by')),
            ],
            options={
                'verbose_name': 'file',
                'verbose_name_plural': 'files',
            },
        ),
        migrations.CreateModel(
            name='VersionFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('caption', models.TextField(blank=True, verbose_name='caption')),
                ('alt', models.TextField(blank=True, verbose_name='text in its place')),
                ('credit', models.TextField(blank=True, verbose_name='credit')),
                ('licence', models.CharField(default='CC BY 4.0', max_length=40, verbose_name='licence')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='practices.file')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='file_rows', to='practices.version')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(condition=models.Q(('prepared_at', None), ('removed_at', None)), fields=['due_at'], name='file_waiting'),
        ),
        migrations.AddIndex(
            model_name='file',
            index=models.Index(fields=['uploader', 'uploaded_at'], name='file_of_person'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(('consent_kind__in', ['', 'nobody']), ('consent_until__isnull', False), _connector='OR'), name='file_consent_of_people_ends', violation_error_message='Say until when the people shown agreed.'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('scan', 'found'), _negated=True), ('prepared_at', None), _connector='OR'), name='file_with_malware_is_never_prepared'),
        ),
        migrations.AddConstraint(
            model_name='versionfile',
            constraint=models.UniqueConstraint(fields=('version', 'file'), name='version_file_once'),
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
