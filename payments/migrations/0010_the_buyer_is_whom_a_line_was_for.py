"""Lines made before were for their buyers; an organization's are for nobody yet."""

from django.db import migrations

FILL = """
UPDATE payments_orderline SET beneficiary_id = payments_order.user_id FROM payments_order
WHERE payments_order.id = payments_orderline.order_id AND payments_order.organization_id IS NULL AND payments_orderline.beneficiary_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0009_order_lines_name_whom_they_are_for")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
