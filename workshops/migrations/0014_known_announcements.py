"""What was announced before alerts existed is no news to any alert."""

from django.db import migrations

NOTE = """
INSERT INTO workshops_announcement (workshop_id, announced_at, opens_at)
SELECT id, created_at, created_at FROM workshops_workshop WHERE state <> 'draft'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("workshops", "0013_demand_and_alerts")]

    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
