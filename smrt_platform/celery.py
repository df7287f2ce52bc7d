"""The Celery application: a wake-up call for `core.Job` rows, nothing more."""

import gc
import os
import signal
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process, worker_process_init

from embedded.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")

app = Celery("smrt_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_before_create_process.connect
def leave_what_is_loaded_to_all(**kwargs: Any) -> None:
    """Pool processes share the pages of what was loaded before them as long as no collection marks it."""
    gc.freeze()


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process whose worker was killed would finish its task beside the worker that took the job over."""
    die_with_parent(signal.SIGKILL)
