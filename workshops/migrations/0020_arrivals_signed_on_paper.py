"""Who signs on the printed sheet is noted as that, not as somebody whose signature is missing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0019_near_from_the_index_alone")]

    operations = [
        migrations.AddField(
            model_name="attendance",
            name="on_paper",
            field=models.BooleanField(
                db_default=False, default=False, help_text="The person signs on the printed sheet: a phone's word for it, until the sheet is keyed in."
            ),
        ),
        migrations.AddField(
            model_name="checkinconflict",
            name="on_paper",
            field=models.BooleanField(db_default=False, default=False, help_text="The person signs on the printed sheet."),
        ),
    ]
