"""The Celery application: a wake-up call for `core.Job` rows, nothing more."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smrt_platform.settings")

app = Celery("smrt_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
