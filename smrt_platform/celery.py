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

_worker: int | None = None  # whose child a pool process is


@worker_before_create_process.connect
def leave_what_is_loaded_to_all(**kwargs: Any) -> None:
    """Pool processes share the pages of what was loaded before them as long as no collection marks it."""
    global _worker
    gc.freeze()
    _worker = os.getpid()


@worker_process_init.connect
def end_with_the_worker(**kwargs: Any) -> None:
    """A pool process whose worker was killed would finish its task beside the worker that took the job over."""
    die_with_parent(signal.SIGKILL)
    if _worker is not None and os.getppid() != _worker:  # it was killed before the kernel was asked
        os._exit(1)
