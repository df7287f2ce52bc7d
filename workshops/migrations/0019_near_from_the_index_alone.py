"""A circle around a big city holds thousands of workshops; the search reads the index alone, not each row."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("credits", "0028_partial_credit"),
        ("workshops", "0018_sheets_are_kept_beside_the_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="workshop",
            name="workshop_near_and_soon",
        ),
        migrations.AddIndex(
            model_name="workshop",
            index=models.Index(
                condition=models.Q(("state", "published")), fields=["lat", "lng", "starts_at"], include=("id", "format"), name="workshop_near_and_soon"
            ),
        ),
    ]
