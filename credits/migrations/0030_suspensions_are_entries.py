from django.db import migrations

CHUNK = 500


def write_entries(apps, schema_editor):
    """What is suspended now is held from now on: cycles that were renewed meanwhile keep the figures they were renewed with."""
    Award, AwardEntry = apps.get_model("credits", "Award"), apps.get_model("credits", "AwardEntry")
    Certificate = apps.get_model("credits", "Certificate")
    ended = AwardEntry.objects.filter(kind__in=["superseded", "revoked"]).values("award")
    reasons = {}
    for award, reason in Award.objects.filter(dossier__flags__suspends=True, dossier__flags__lifted_at__isnull=True).values_list(
        "pk", "dossier__flags__reason"
    ):
        reasons[award] = "payment_disputed", reason
    for award in Certificate.objects.filter(state="suspended").values_list("award", flat=True):
        reasons.setdefault(award, ("under_review", ""))
    standing = Award.objects.filter(pk__in=list(reasons)).exclude(pk__in=ended).order_by("pk").values_list("pk", flat=True)
    entries = [AwardEntry(award_id=award, kind="suspended", reason=reasons[award][1], data={"because": reasons[award][0]}) for award in standing]
    AwardEntry.objects.bulk_create(entries, batch_size=CHUNK)


class Migration(migrations.Migration):
    dependencies = [("credits", "0029_held_awards")]

    # Entries of the ledger are never deleted; code that does not know them passes them over.
    operations = [migrations.RunPython(write_entries, migrations.RunPython.noop)]
