"""The clock's own Celery application: it wakes workers by the schedule and needs none of the site to do so.

Celery loads every app of a Django project for its clock too; this one keeps to the settings, and to a third of the memory.
"""

from celery import Celery

app = Celery("smrt_clock", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")
