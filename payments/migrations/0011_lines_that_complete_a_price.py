import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0010_the_buyer_is_whom_a_line_was_for"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="adds_to",
            field=models.ForeignKey(
                blank=True,
                help_text="The line whose price this completes: what another date costs more.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="additions",
                to="payments.orderline",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="subject",
            field=models.CharField(help_text="What it gives now; `item` keeps what was sold, which another date may have replaced.", max_length=120),
        ),
    ]
