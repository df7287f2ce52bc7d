"""Starts one command with its hands tied: `python -I -S launch.py '<limits>' command…`.

A program of its own, because the code between fork and exec of a threaded parent must not be Python. It dies with
its parent, sees no network where the system allows that, gains no rights, and keeps to the limits given.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def main() -> None:
    limits = json.loads(sys.argv[1])
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:  # root may; others need a user namespace of their own for it
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)  # refused in some containers: the protocol whitelist stands alone there
    # After unshare, which clears it.
    libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != limits["parent"]:
        sys.exit(70)  # the parent died before it could be watched
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"] + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    os.nice(limits["nice"])
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606  the program the parent chose


main()
