"""Films are made in pieces now: jobs that made a whole one are gone, and only what is under way has a start.

Films that waited for such a job have no transcode; `streaming.heal_transcodes` starts them within minutes.
"""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("core", "Job").objects.filter(kind="streaming.process_asset").delete()
    assets = apps.get_model("streaming", "VideoAsset").objects
    assets.filter(state="processing").update(state="queued")
    assets.exclude(state="queued").filter(started_at__isnull=False).update(started_at=None)


class Migration(migrations.Migration):
    dependencies = [("streaming", "0013_same_file_and_multipart"), ("core", "0001_initial")]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
