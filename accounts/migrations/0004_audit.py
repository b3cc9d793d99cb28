import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


MAKE = """
CREATE FUNCTION accounts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Rows of % are only ever added.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION accounts_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('ssc.allow_truncate', true), '') <> 'on' THEN
        RAISE EXCEPTION 'Table % is never emptied.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON accounts_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_truncate();
"""
UNMAKE = """
DROP TRIGGER only_added ON accounts_auditevent;
DROP TRIGGER never_emptied ON accounts_auditevent;
DROP FUNCTION accounts_refuse_change, accounts_refuse_truncate;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_outbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='at')),
                ('action', models.CharField(choices=[('signed_in', 'Signed in'), ('sign_in_failed', 'Failed to sign in'), ('factor_added', 'Added a second factor'), ('factor_removed', 'Removed a second factor'), ('recovery_codes_made', 'Made recovery codes'), ('recovery_code_used', 'Used a recovery code'), ('role_given', 'Gave a role'), ('role_taken', 'Took a role'), ('account_changed', 'Changed an account'), ('desk_changed', 'Changed something at the desk'), ('draft_read', 'Read a case study as administrator'), ('exported', 'Exported data')], max_length=24, verbose_name='action')),
                ('subject', models.CharField(blank=True, max_length=120, verbose_name='subject')),
                ('changes', models.JSONField(default=dict, verbose_name='before and after')),
                ('request_id', models.CharField(blank=True, max_length=64, verbose_name='request id')),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'audit event',
                'verbose_name_plural': 'audit events',
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['-at', '-id'], name='audit_latest'), models.Index(fields=['subject', '-at'], name='audit_of_subject')],
            },
        ),
        migrations.RunSQL(MAKE, UNMAKE),
    ]
