"""The OpenAPI schema as a whole."""

import pytest
from django.core.management import call_command


def test_no_two_parts_of_the_schema_want_the_same_name(tmp_path):
    file = tmp_path / "schema.yml"

    call_command("spectacular", file=str(file), fail_on_warn=True)  # two serializers of one name, or choices without a name of their own, are warnings

    assert "RuleRevisionStateEnum" in file.read_text()


@pytest.mark.parametrize("address", ["/api/v1/workshops/checkin/claim/", "/api/v1/workshops/pins/"])
def test_json_that_is_nested_without_end_is_refused(client, db, address):
    answer = client.generic("POST", address, "[" * 100_000, content_type="application/json")

    assert (answer.status_code, answer.json()["detail"]) == (400, "This JSON is nested too deeply.")
