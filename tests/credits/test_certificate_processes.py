"""Certificates made by real processes: a Celery worker's forked child, and processes killed half-way."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from credits.certificates.render import sha256
from credits.certificates.services import issue_certificate, request_certificate, stored_pdf
from credits.models import Certificate
from notifications.models import MailMessage
from tests.factories.credits import AwardFactory

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import os, sys
import django
django.setup()
from credits.certificates import services
from credits.models import Award
def die(*args, **kwargs):
    os.kill(os.getpid(), 9)
setattr(services, sys.argv[1], die)
services.issue_certificate(award=Award.objects.get(pk=sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("arrow", ["sign_pdf", "store_bytes", "send_mail_once"])
def test_a_process_killed_at_an_arrow_is_continued_by_another(arrow, site_environment, settings):
    award = AwardFactory()
    killed = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM, arrow, str(award.pk)], env=site_environment, cwd=ROOT, timeout=200)
    assert killed.returncode == -signal.SIGKILL
    reserved = Certificate.objects.get()

    certificate = issue_certificate(award=award)

    assert (certificate.serial, certificate.token) == (reserved.serial, reserved.token)
    assert reserved.sha256 in ("", certificate.sha256)
    stored = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert [sha256(path.read_bytes()) for path in stored] == [Certificate.objects.get().sha256]
    assert MailMessage.objects.filter(template="credits/mail/certificate_issued").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_makes_it(celery_worker_process):
    celery_worker_process("default")
    award = AwardFactory()
    request_certificate(award=award)

    end = time.monotonic() + 200
    while not Certificate.objects.made().exists() and time.monotonic() < end:
        time.sleep(0.2)
        connection.close()

    assert stored_pdf(Certificate.objects.get()).startswith(b"%PDF")
