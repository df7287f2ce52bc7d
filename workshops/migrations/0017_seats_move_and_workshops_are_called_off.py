import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_lines_that_complete_a_price"),
        ("workshops", "0016_attendance_outcomes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CallOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("reason", models.TextField(help_text="Everybody with a seat reads it.", verbose_name="reason")),
                ("choose_until", models.DateTimeField(blank=True, help_text="Until when people may choose; after that their money goes back.", null=True)),
                ("runs", models.PositiveSmallIntegerField(default=0, help_text="How often the work was begun.")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "to",
                    models.ForeignKey(
                        blank=True,
                        help_text="The date to which people are moved.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="workshops.workshop",
                    ),
                ),
                ("workshop", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="call_off", to="workshops.workshop")),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CallOffEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("refund", "Money back"),
                            ("move", "Moved to another date"),
                            ("ask", "The person chooses"),
                            ("end", "Nothing was paid"),
                            ("release", "Was about to pay"),
                            ("keep", "Has attended: stays as it is"),
                        ],
                        max_length=7,
                    ),
                ),
                ("outcome", models.CharField(choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Needs you")], default="waiting", max_length=7)),
                ("back_cents", models.PositiveIntegerField(default=0, help_text="What goes back; foreseen until it is done.")),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("note", models.CharField(blank=True, help_text="Why it went otherwise, and what to do.", max_length=400)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("call_off", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="workshops.calloff")),
                ("seat", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="call_off_entry", to="workshops.seat")),
            ],
            options={
                "verbose_name_plural": "call-off entries",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("outcome", "waiting")),
                            models.Q(models.Q(("outcome", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_decided_entry_says_when",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeatMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("difference_cents", models.IntegerField(default=0)),
                ("currency", models.CharField(blank=True, max_length=3)),
                (
                    "listed_cents",
                    models.PositiveIntegerField(
                        default=0, help_text="What the seat counts for by then at the list's prices: the next move is reckoned from it."
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("paying", "Waits for the difference to be paid"), ("done", "Moved"), ("dropped", "Not moved")], default="paying", max_length=7
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        help_text="What paid for the seat.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.orderline",
                    ),
                ),
                (
                    "new_seat",
                    models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="moved_from", to="workshops.seat"),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        help_text="What pays the difference.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.order",
                    ),
                ),
                ("seat", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="workshops.seat")),
                ("to", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="moves_here", to="workshops.workshop")),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("state", "paying")), fields=("seat",), name="a_seat_moves_to_one_date_at_a_time"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("new_seat__isnull", False), ("state", "done")),
                            models.Q(models.Q(("state", "done"), _negated=True), ("new_seat__isnull", True)),
                            _connector="OR",
                        ),
                        name="a_moved_seat_has_a_new_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "paying"), ("decided_at__isnull", False), _connector="OR"), name="a_decided_move_says_when"
                    ),
                ],
            },
        ),
    ]
