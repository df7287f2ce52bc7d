"""The embedded Postgres and Valkey, one folder at a time."""

import os
import signal
import subprocess
import sys

import psycopg2
import pytest
import redis

from embedded.processes import StartError
from embedded.servers import EmbeddedServers, running_urls


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "servers"


@pytest.fixture
def servers(folder):
    servers = EmbeddedServers(folder, throwaway=True)
    yield servers
    servers.stop()


def ask(servers, question="select current_user"):
    connection = psycopg2.connect(host=str(servers.sockets), user="app", dbname="app")
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_servers_answer_on_sockets_that_only_their_owner_reaches(servers):
    servers.start()

    assert ask(servers, "show listen_addresses") == ""
    with redis.Redis.from_url(servers.urls["REDIS_URL"]) as client:
        assert client.config_get("port") == {"port": "0"}
    assert servers.sockets.stat().st_mode & 0o777 == 0o700


def test_postgres_starts_for_root_too_and_opens_no_folder_to_others(servers, folder):
    folder.mkdir(mode=0o700)
    servers.start()

    assert ask(servers) == "app"
    assert [path.stat().st_mode & 0o077 for path in (folder, folder / "postgres")] == [0, 0]
    assert (folder / "postgres").stat().st_uid == os.geteuid()


@pytest.mark.system
def test_root_without_user_namespaces_is_told_what_to_do(folder):
    script = (
        "import sys; sys.path.insert(0, '.'); from pathlib import Path; from embedded.servers import EmbeddedServers\n"
        f"try: EmbeddedServers(Path({str(folder)!r})).start()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    # Inside a namespace of our own, further ones can be forbidden without touching the machine.
    inner = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" -c "$1"'

    answer = subprocess.run(["unshare", "-Ur", "sh", "-c", inner, sys.executable, script], capture_output=True, text=True)

    assert "StartError Postgres refuses to run as root" in answer.stdout, answer.stderr
    assert "Run this as another user, or name a database in DATABASE_URL." in answer.stdout


def test_pid_file_that_names_a_foreign_process_is_dropped_and_the_process_left_alone(servers, folder):
    servers.start()
    servers.postgres.kill()
    servers.postgres.wait()
    servers.valkey.kill()
    servers.valkey.wait()
    servers.stop()
    with subprocess.Popen(["sleep", "60"]) as foreign:
        lines = (folder / "postgres" / "postmaster.pid").read_text().split("\n")
        (folder / "postgres" / "postmaster.pid").write_text("\n".join([str(foreign.pid), *lines[1:]]))

        servers.start()

        assert ask(servers) == "app"
        assert foreign.poll() is None
        foreign.kill()


def test_orphans_are_stopped_before_new_servers_start(folder):
    """Where the kernel knows no death signal, killed supervisors leave running servers."""
    script = (
        "import sys; sys.path.insert(0, '.'); from pathlib import Path; import embedded.processes as processes\n"
        "processes.die_with_parent = lambda number: None\n"
        "from embedded.servers import EmbeddedServers; servers = EmbeddedServers(Path(sys.argv[1])); servers.start()\n"
        "print(servers.postgres.pid, servers.valkey.pid, flush=True); import time; time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True) as first:
        orphans = [int(word) for word in first.stdout.readline().split()]
        first.kill()
    assert all(os.path.exists(f"/proc/{pid}") for pid in orphans)

    servers = EmbeddedServers(folder)
    servers.start()

    assert ask(servers) == "app"
    assert not any(os.path.exists(f"/proc/{pid}/exe") for pid in orphans)
    servers.stop()


def test_folder_serves_one_process_at_a_time(servers, folder):
    servers.start()

    with pytest.raises(StartError, match="Another process is using"):
        EmbeddedServers(folder).start()
    assert ask(servers) == "app"


def test_running_urls_are_announced_while_the_holder_lives(servers, folder):
    assert running_urls(folder) is None

    urls = servers.start()

    assert running_urls(folder) == urls
    servers.stop()
    assert running_urls(folder) is None


def test_announcement_of_a_killed_holder_is_not_believed(folder):
    folder.mkdir()
    (folder / "servers.json").write_text('{"DATABASE_URL": "postgres://nobody"}')
    (folder / "lock").touch()

    assert running_urls(folder) is None


def test_folder_with_a_long_path_keeps_its_sockets_elsewhere(tmp_path):
    servers = EmbeddedServers(tmp_path / ("long" * 30), throwaway=True)
    servers.start()

    assert ask(servers) == "app"
    sockets = servers.sockets
    assert not sockets.is_relative_to(tmp_path)
    servers.stop()
    assert not sockets.exists()


def test_data_survive_a_killed_postgres(folder):
    servers = EmbeddedServers(folder)
    servers.start()
    connection = psycopg2.connect(host=str(servers.sockets), user="app", dbname="app")
    with connection, connection.cursor() as cursor:
        cursor.execute("create table kept (n int); insert into kept values (42)")
    connection.close()
    servers.postgres.send_signal(signal.SIGKILL)
    servers.postgres.wait()
    servers.stop()

    servers.start()

    assert ask(servers, "select n from kept") == 42
    servers.stop()
