"""Deleting stored files for good, once what named them is committed: a job, so that no crash leaves one behind."""

from __future__ import annotations

from django.core.files.storage import default_storage

from core.jobs import RunningJob, enqueue, job


def delete_when_committed(name: str) -> None:
    """Delete the stored file `name` after this transaction; nothing when it is rolled back. A name is never used twice."""
    if name:
        enqueue("credits.delete_stored_file", key=f"delete-file:{name}", args={"name": name})


@job("credits.delete_stored_file", forget_done=True)
def delete_stored_file(job: RunningJob, *, name: str) -> None:
    default_storage.delete(name)  # one that is gone already is no mistake, here and in a bucket
