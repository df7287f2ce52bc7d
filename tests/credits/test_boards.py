"""Boards come from data files."""

import pytest
from django.core.management import CommandError, call_command

from core.models import Job
from credits.changes.tasks import judge_again
from credits.models import Award, Board, CertificateField, Claim
from credits.services import award_completion
from credits.services.boards import BoardDataError, load_boards
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.credits import AccreditationFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

ROW = """
  - code: us_xx
    name: Xx Board
    kind: state_board
    jurisdiction: US-XX
    as_of: null
    confidence: read_official
    sources: ["Xx Admin. Code 1"]
"""


def write(tmp_path, rows):
    path = tmp_path / "boards.yaml"
    path.write_text(f"schema: 1\nboards:\n{rows}")
    return [path]


def test_the_files_load_and_a_second_time_change_nothing(capsys):
    first = load_boards()

    second = load_boards()

    assert (len(first.created), second.created, second.changed, second.unchanged) == (62, [], [], 62)
    assert second.unverified == 62


def test_what_the_files_say_about_florida_and_ncbtmb():
    load_boards()

    florida, ncbtmb = Board.objects.get(code="us_fl_massage"), Board.objects.get(code="ncbtmb_ap")

    assert (florida.needs_licence_number, florida.unit_printed, florida.retention_years) == (True, "hours", 4)
    assert list(florida.accepts_approvals_of.all()) == [ncbtmb]
    assert (ncbtmb.unit_printed, ncbtmb.forbidden_words, ncbtmb.title_must_match) == ("CE hours", ["CEU", "CEUs"], True)


def test_every_board_has_a_source_or_says_it_is_from_memory():
    load_boards()

    assert [board.code for board in Board.objects.all() if not board.sources and board.confidence != Board.Confidence.MEMORY] == []


@pytest.mark.parametrize(
    ("rows", "mistake"),
    [
        (ROW.replace("state_board", "states_board"), "boards.yaml, row 1 (us_xx), kind: it must be one of"),
        (ROW.replace("    name: Xx Board\n", ""), "boards.yaml, row 1 (us_xx), name: it is missing."),
        (ROW + "    colour: blue\n", "boards.yaml, row 1 (us_xx), colour: no such field."),
        (ROW + ROW, "boards.yaml, row 2 (us_xx), code: us_xx is also in boards.yaml, row 1"),
        (ROW + "    retention_years: 4\n", "boards.yaml, row 1 (us_xx), retention_years: it needs value and confidence"),
        (ROW + "    retention_years: {value: four, confidence: memory}\n", "retention_years: the value must be a number of years."),
        (ROW + "    retention_years: {value: 4, confidence: sure}\n", "retention_years.confidence: it must be one of"),
        (ROW + "    certificate_fields: {value: [photo], confidence: memory}\n", "certificate_fields: the value must be a list out of"),
        (ROW + "    accepts_approvals_of: {value: [us_yy], confidence: memory}\n", "accepts_approvals_of: no board has the code us_yy."),
        ("  - us_xx\n", "boards.yaml, row 1 (no code), row: it must be a mapping."),
    ],
)
def test_a_mistake_names_file_row_and_field_and_nothing_is_loaded(tmp_path, rows, mistake):
    with pytest.raises(BoardDataError) as caught:
        load_boards(paths=write(tmp_path, rows))

    assert any(mistake in text for text in caught.value.mistakes)
    assert not Board.objects.exists()


def test_a_changed_fact_takes_the_verification_away(tmp_path):
    load_boards(paths=write(tmp_path, ROW))
    Board.objects.update(verified_by=UserFactory(), verified_on="2026-01-01")

    load_boards(paths=write(tmp_path, ROW))
    assert Board.objects.get().is_verified
    load_boards(paths=write(tmp_path, ROW.replace("Xx Board", "Board of Xx")))

    assert not Board.objects.get().is_verified


def test_the_command_says_what_it_did(tmp_path, capsys):
    call_command("load_boards", str(write(tmp_path, ROW)[0]))

    assert capsys.readouterr().out == "Boards: 1 new, 0 changed, 0 as they were; 1 not yet verified by the school.\n"
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_boards", str(write(tmp_path, "  - 1\n")[0]))


def test_the_vocabulary_of_certificate_fields_is_closed():
    load_boards()

    used = {name for fields in Board.objects.values_list("certificate_fields", flat=True) for name in fields}

    assert used <= set(CertificateField.values)


def test_a_board_that_begins_to_accept_a_bodys_approvals_credits_what_it_refused(tmp_path):
    body = "\n  - " + ROW.strip().removeprefix("- ").replace("us_xx", "body").replace("US-XX", "US").replace("state_board", "course_approval_body")
    load_boards(paths=write(tmp_path, ROW + body))
    board, approving = Board.objects.get(code="us_xx"), Board.objects.get(code="body")
    approval = AccreditationFactory(board=approving)
    licence = LicenceFactory(user=LegalNameFactory().user, board=board)
    dossier = DossierFactory(user=licence.user, activity=approval.activity)
    award_completion(dossier=dossier)
    assert Claim.objects.get().code == "no_approval"

    accepts = "    accepts_approvals_of: {value: [body], confidence: read_official}\n"
    load_boards(paths=write(tmp_path, ROW + accepts + body))
    for job in Job.objects.filter(kind="credits.judge_again"):
        judge_again(None, **job.args)

    assert Claim.objects.get().award == Award.objects.get(board=board)
