from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workshops", "0006_terms_calendars_and_joining"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="seat",
            name="one_seat_per_reference_and_workshop",
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["held", "confirmed"]), models.Q(("reference", ""), _negated=True)),
                fields=("workshop", "reference", "learner"),
                name="one_seat_per_reference_and_workshop",
            ),
        ),
    ]
