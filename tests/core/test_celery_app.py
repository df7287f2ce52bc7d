"""Pool processes and the worker that started them."""

import os
import subprocess
import sys

from tests.embedded.conftest import ROOT

ORPHAN = """
import os, time
from smrt_platform import celery

worker = os.getpid()
celery.leave_what_is_loaded_to_all()
if os.fork() == 0:
    while {late} and os.getppid() == worker:
        time.sleep(0.01)
    celery.end_with_the_worker()
    print("lives on", flush=True)
    os._exit(0)
if not {late}:
    os.wait()
"""


def said_by_a_pool_process(late: bool) -> str:
    ran = subprocess.run([sys.executable, "-c", ORPHAN.format(late=late)], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=200)
    assert ran.stderr == ""
    return ran.stdout.strip()


def test_pool_process_whose_worker_was_killed_before_it_could_ask_the_kernel_ends():
    assert said_by_a_pool_process(late=True) == ""


def test_pool_process_of_a_living_worker_lives_on():
    assert said_by_a_pool_process(late=False) == "lives on"
