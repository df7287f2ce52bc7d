"""The addresses a load balancer and a container engine ask."""

import socket

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_live_answers_a_stranger(client):
    assert client.get("/health/live").status_code == 200


def test_ready_says_that_both_parts_answer(client):
    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"ready": True, "database": True, "broker": True})


def test_ready_refuses_when_the_broker_is_away(client, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    response = client.get("/health/ready")

    assert (response.status_code, response.json()) == (503, {"ready": False, "database": True, "broker": False})


def test_ready_does_not_wait_for_a_broker_that_hangs(client, settings, monkeypatch):
    monkeypatch.setattr("core.health.LIMIT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"

        response = client.get("/health/ready")

    assert (response.status_code, response.json()["broker"]) == (503, False)
