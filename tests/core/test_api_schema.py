"""The OpenAPI schema as a whole."""

from django.core.management import call_command


def test_no_two_parts_of_the_schema_want_the_same_name(tmp_path):
    file = tmp_path / "schema.yml"

    call_command("spectacular", file=str(file), fail_on_warn=True)  # two serializers of one name, or choices without a name of their own, are warnings

    assert "RuleRevisionStateEnum" in file.read_text()
