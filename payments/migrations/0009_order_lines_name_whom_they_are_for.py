import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0008_devices_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="order",
            name="a_person_buys_for_themselves",
        ),
        migrations.RemoveConstraint(
            model_name="orderline",
            name="one_line_per_item_of_an_order",
        ),
        migrations.AddField(
            model_name="orderline",
            name="beneficiary",
            field=models.ForeignKey(
                blank=True,
                help_text="Whom it is for: the buyer, or somebody they named. Empty for an organization, whose people take their seats later.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines_for_them",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="quantity",
            field=models.PositiveSmallIntegerField(default=1, help_text="For how many people it is."),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome__in", ["pending", "fulfilled"])),
                fields=("order", "item", "beneficiary"),
                name="one_standing_line_per_item_and_person",
                nulls_distinct=False,
            ),
        ),
    ]
