"""A scanned sheet commits with the entries it proves, so its bytes stand in the same database. Nothing was stored elsewhere yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0017_seats_move_and_workshops_are_called_off")]

    operations = [
        migrations.RemoveField(model_name="papersheet", name="file"),
        migrations.AddField(model_name="papersheet", name="content", field=models.BinaryField(default=b""), preserve_default=False),
    ]
