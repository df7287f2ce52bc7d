"""Captions saved before cues were rows get theirs; a job writes each file again under its new name."""

import hashlib
import html
import re

from django.db import migrations

TIMES = re.compile(r"(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d+):)?(\d\d):(\d\d)\.(\d{3})")


def milliseconds(hours, minutes, seconds, rest):
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest)


def cues_of(vtt):
    for block in re.split(r"\n{2,}", vtt):
        lines = block.split("\n")
        for place, line in enumerate(lines[:2]):
            if times := TIMES.match(line.strip()):
                text = html.unescape(re.sub(r"<[^>]*>", "", "\n".join(lines[place + 1 :]))).strip()
                if text:
                    yield milliseconds(*times.groups()[:4]), milliseconds(*times.groups()[4:]), text
                break


def fill(apps, schema_editor):
    Caption, Cue, Job = apps.get_model("streaming", "Caption"), apps.get_model("streaming", "Cue"), apps.get_model("core", "Job")
    for caption in Caption.objects.filter(digest="").iterator(chunk_size=50):
        cues = [
            Cue(caption=caption, number=number, start_ms=start, end_ms=end, text=text)
            for number, (start, end, text) in enumerate(cues_of(caption.vtt), start=1)
            if end > start
        ]
        if cues:
            Cue.objects.bulk_create(cues, batch_size=1000)
            caption.digest = hashlib.sha256(caption.vtt.encode()).hexdigest()[:8]
            caption.save(update_fields=["digest"])
            Job.objects.get_or_create(
                key=f"captions:{caption.asset_id}:renamed", defaults={"kind": "streaming.write_captions", "args": {"asset": caption.asset_id}}
            )


class Migration(migrations.Migration):
    dependencies = [("streaming", "0011_names_revisions_and_default_of_captions"), ("core", "0002_append_only_audit")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
