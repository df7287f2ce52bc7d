"""docker-compose.yml: it is valid, its parts fit together, and each command of ours runs in its environment."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from dotenv import dotenv_values
from jsonschema import Draft7Validator

from embedded.processes import free_port, spawn

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if str(service["image"]).startswith("smrt-platform")}
ENDING = {"migrate", "video-conf"}  # they end by themselves; others wait for their exit status
SCHEMA = ROOT / "node_modules" / "dclint" / "schemas" / "compose.schema.json"


def test_compose_file_follows_the_specification():
    errors = Draft7Validator(json.loads(SCHEMA.read_text())).iter_errors(COMPOSE)

    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_designed_services_are_there():
    assert {"web", "worker-video", "worker-default", "beat", *ENDING} == OURS
    assert set(SERVICES) - OURS == {"nginx", "postgres", "valkey", "s3"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_refers_only_to_what_exists_and_says_when_it_is_well(name):
    service = SERVICES[name]
    named_volumes = [volume.split(":")[0] for volume in service.get("volumes", []) if not volume.startswith((".", "/"))]

    assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert set(named_volumes) <= set(COMPOSE["volumes"])
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert "healthcheck" in service or name in ENDING


def test_only_the_proxy_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["nginx"]


def test_every_variable_the_compose_file_asks_for_is_in_the_example():
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text())) - {"SMRT_VERSION"}

    assert asked <= set(dotenv_values(ROOT / ".env.example"))


def test_example_holds_no_secret_that_works():
    secrets = {name: value for name, value in dotenv_values(ROOT / ".env.example").items() if re.search(r"SECRET|PASSWORD", name)}

    assert {name for name, value in secrets.items() if not value} == {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"}  # a school may sell nothing
    assert sum("replace-this" in (value or "") for value in secrets.values()) == len(secrets) - 2 == 3


@pytest.mark.parametrize("file", [".gitignore", ".dockerignore"])
def test_secrets_of_an_installation_stay_out_of_repository_and_image(file):
    """The filled-in .env and the private key that nginx reads lie inside this folder."""
    ignored = {line.strip("/*") for line in (ROOT / file).read_text().splitlines()}

    assert {".env", "deploy/certificates"} <= ignored


@pytest.fixture
def compose_environment(real_broker, site_environment, s3_server, s3_bucket, tmp_path) -> dict[str, str]:
    """What .env.example gives a container, with the addresses of this run's servers in place of the containers'."""
    example = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}
    broker = {"REDIS_URL": site_environment["REDIS_URL"]}
    ours = {"SECRET_KEY": "x" * 50, "DATABASE_URL": site_environment["DATABASE_URL"], **broker, **s3_server.environment(s3_bucket)}
    image = {"SMRT_VAR": str(tmp_path / "data"), "STATIC_ROOT": str(tmp_path / "static"), "PYTHONUNBUFFERED": "1"}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**example, **ours, **image, "PORT": str(free_port(9_500 + os.getpid() % 500)), "PATH": path}


@pytest.fixture
def start_service(compose_environment, tmp_path) -> Iterator:
    started: list[subprocess.Popen] = []
    (tmp_path / "tmp").mkdir()

    def start(name: str) -> tuple[subprocess.Popen, dict[str, str], Path]:
        service = SERVICES[name]
        environment = {**compose_environment, **service.get("environment", {})}
        command = [in_container(part, tmp_path) for part in service["command"]]
        log = tmp_path / f"{name}.log"
        started.append(spawn(command, death_signal=signal.SIGKILL, log=log, cwd=ROOT, env=environment))
        return started[-1], environment, log

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def in_container(part: str, tmp_path: Path) -> str:
    """A word of a command as the container sees it: `$$` is one dollar, /tmp and the volume for nginx are its own."""
    return re.sub(r"^/(tmp/|video-conf$)", rf"{tmp_path}/\1", part.replace("$$", "$"))


def healthy(name: str, environment: dict[str, str], tmp_path: Path, limit_s: float) -> bool:
    """Ask as the container engine does, until the answer is yes."""
    kind, *words = SERVICES[name]["healthcheck"]["test"]
    assert kind == "CMD"
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if subprocess.run([in_container(word, tmp_path) for word in words], cwd=ROOT, env=environment, capture_output=True).returncode == 0:
            return True
        time.sleep(0.3)
    return False


@pytest.mark.parametrize("name", ["web", "worker-video", "worker-default", "beat"])
def test_service_starts_and_is_well(name, start_service, tmp_path):
    process, environment, log = start_service(name)

    well = healthy(name, environment, tmp_path, limit_s=180)

    assert well, log.read_text()
    assert process.poll() is None
    process.terminate()
    assert process.wait(120) in (0, -signal.SIGTERM), log.read_text()  # and not the engine's SIGKILL after the grace period


def test_web_is_not_well_without_its_database(compose_environment, start_service, tmp_path):
    compose_environment["DATABASE_URL"] = f"postgres://smrt@{str(tmp_path).replace('/', '%2F')}/none"
    _, environment, log = start_service("web")
    live = f"http://127.0.0.1:{environment['PORT']}/health/live"
    answers = ["curl", "-fsS", "-H", f"Host: {environment['ALLOWED_HOSTS']}", live]
    for _ in range(1200):
        if subprocess.run(answers, capture_output=True).returncode == 0:
            break
        time.sleep(0.1)
    else:
        raise AssertionError(log.read_text())

    assert not healthy("web", environment, tmp_path, limit_s=0.1)


@pytest.mark.parametrize("name", sorted(ENDING))
def test_service_ends_well_and_a_second_time_too(name, start_service):
    for _ in range(2):
        process, _, log = start_service(name)

        assert process.wait(200) == 0, log.read_text()


def test_nginx_gets_its_own_secret_and_nobody_elses(compose_environment, start_service, tmp_path):
    """The file for nginx holds what was derived for it, is closed to others, and names the bucket of this environment."""
    process, _, log = start_service("video-conf")
    assert process.wait(200) == 0, log.read_text()

    written = (tmp_path / "video-conf" / "http.conf").read_text()

    assert compose_environment["SECRET_KEY"] not in written
    assert re.search(r'default "[0-9a-f]{64}"', written)
    assert (tmp_path / "video-conf" / "http.conf").stat().st_mode & 0o077 == 0
    assert re.search(r"[0-9a-f]{64}", log.read_text()) is None
    assert compose_environment["S3_BUCKET"] in (tmp_path / "video-conf" / "server.conf").read_text()
    nginx = SERVICES["nginx"]["volumes"]
    assert [name for name, service in SERVICES.items() if any("video-conf:" in volume for volume in service.get("volumes", []))] == ["nginx", "video-conf"]
    assert "video-conf:/etc/nginx/video:ro" in nginx
