"""Certificates issued before this system: checked line by line, imported once, verifiable, undone."""

import io
import zipfile
import zlib
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role, User
from core import jobs
from core.models import AuditEntry, Job
from credits import services
from credits.certificates.services import AwardNotCertifiable, issue_certificate
from credits.credit_rows import holding_of
from credits.imports import services as imports
from credits.imports.columns import NAMES, template_csv
from credits.imports.services import ImportRefused
from credits.models import Accreditation, Activity, Award, Certificate, CertificateImport, Claim, Dossier, ImportRow, Licence
from credits.petitions.services import PetitionRefused, request_petition
from credits.services.gates import NotAnOfficer, ReasonNeeded
from notifications.models import MailMessage
from tests.credits.test_bulk import FakeJob
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, BoardFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
LINE = {
    "email": "zoe@example.org", "name": "Zoë Brown", "licence_number": "MA12345", "board": "us_fl_massage", "title": "SMRT for the knee",
    "completed_on": "2021-05-09", "units": "6", "delivery": "in_person_hands_on", "minutes": "360", "approval_number": "20-77",
    "instructor": "Ana Ruiz", "certificate_number": "2021-0042", "issued_on": "2021-05-12", "file": "brown.pdf",
}  # fmt: skip


def a_pdf(text="Certificate 2021-0042"):
    """A small PDF that has a page."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"]
    content, places = b"%PDF-1.4\n%" + text.encode() + b"\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"xref\n0 4\n" + table + b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n%d\n%%%%EOF" % len(content)


@pytest.fixture(autouse=True)
def today(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(imports, "school_today", lambda: TODAY)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def officer(client):
    person = user_with_role(Role.CE_OFFICER)
    client.force_login(person)
    return person


@pytest.fixture
def florida(db):
    return BoardFactory(code="us_fl_massage", name="Board of Massage Therapy")


def table(*lines, names=NAMES):
    rows = [",".join(names), *(",".join(f'"{line.get(name, "")}"' for name in names) for line in lines)]
    return "\n".join(rows).encode()


def archive(*lines, pdfs=None, **others):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("certificates/table.csv", table(*lines))
        for name, content in ({"brown.pdf": a_pdf()} if pdfs is None else pdfs).items():
            file.writestr(f"certificates/{name}", content)
        for name, content in others.items():
            file.writestr(name.replace("__", "."), content)
    return held.getvalue()


def begun(officer, content, name="old.zip"):
    return imports.begin_import(officer=officer, upload=SimpleUploadedFile(name, content), source="The school's folders, 2018 to 2025")


def checked(officer, *lines, content=None, **files):
    batch = begun(officer, archive(*lines, **files) if content is None else content)
    imports.check_import(job=FakeJob(), batch=batch)
    batch.refresh_from_db()
    return batch


def imported(officer, batch):
    imports.confirm_import(officer=officer, batch=batch)
    batch.refresh_from_db()
    imports.run_import(job=FakeJob(), batch=batch)
    batch.refresh_from_db()
    return batch


def faults(batch):
    return [fault for row in batch.rows.all() for fault in row.faults]


def test_the_template_is_a_file_that_can_be_read(officer, florida):
    batch = checked(officer, content=template_csv().encode("utf-8-sig"))

    assert batch.state == "ready"
    assert faults(batch) == ["file: “brown-2021-0042.pdf” is not in the ZIP."]


def test_checking_writes_nothing_but_the_lines(officer, florida):
    batch = checked(officer, LINE)

    row = batch.rows.get()
    assert (batch.state, row.line, row.fate, row.is_invited, row.faults) == ("ready", 2, "will", True, [])
    assert row.notes == ["No approval on file says the same. It is kept as printed on the certificate and covers nothing else."]
    assert not Award.objects.exists()
    assert not Activity.objects.exists()
    assert not User.objects.filter(email="zoe@example.org").exists()
    assert not MailMessage.objects.exists()


def test_importing_makes_an_award_with_the_papers_own_bytes(officer, florida, client):
    batch = imported(officer, checked(officer, LINE))

    award = Award.objects.get()
    certificate = Certificate.objects.get()
    assert (batch.state, batch.file.name, batch.rows.get().fate, batch.rows.get().values) == ("done", "", "done", {})
    assert (award.origin, award.status, award.units, award.completed_on, award.board) == ("imported", "active", Decimal("6"), date(2021, 5, 9), florida)
    assert (award.holder.legal_name_printed, award.holder.licence_number, award.licence.number) == ("Zoë Brown", "MA12345", "MA12345")
    assert (certificate.state, certificate.issued_at.date(), certificate.size_bytes) == ("issued", date(2021, 5, 12), len(a_pdf()))
    assert not Job.objects.filter(kind="credits.issue_certificate").exists()
    client.force_login(award.dossier.user)
    assert client.get(reverse("verify:certificate_pdf", args=[certificate.token])).content == a_pdf()
    mail = MailMessage.objects.get()
    assert (mail.template, mail.recipient.email) == ("credits/mail/certificates_imported", "zoe@example.org")
    assert "You have no password yet." in mail.body_text
    assert not mail.recipient.has_usable_password()


def test_anybody_can_verify_the_paper(officer, florida, client):
    imported(officer, checked(officer, LINE))
    certificate = Certificate.objects.get()
    client.logout()

    page = client.get(certificate.get_absolute_url()).content.decode()
    facts = client.get(reverse("verify:certificate_json", args=[certificate.token])).json()
    same = client.post(reverse("verify:certificate_check", args=[certificate.token]), {"file": SimpleUploadedFile("a.pdf", a_pdf())}).content.decode()
    other = client.post(reverse("verify:certificate_check", args=[certificate.token]), {"file": SimpleUploadedFile("a.pdf", a_pdf("Forged"))}).content.decode()
    badge = client.get(reverse("verify:certificate_jwt", args=[certificate.token]))

    assert "before this system was in use" in page
    assert "2021-0042" in page
    assert "Open Badge" not in page
    assert (facts["status"], facts["issued_before_this_system"], facts["units"]) == ("valid", True, "6")
    assert same != other
    assert badge.status_code == 404


def test_it_counts_from_the_day_it_was_earned(officer, florida):
    imported(officer, checked(officer, LINE))

    (row,) = holding_of(Licence.objects.with_facts().get()).rows

    assert (row["date"], row["recorded_on"], row["status"]) == ("2021-05-09", "2021-05-09", "active")
    assert row["segments"][0]["categories"] == ["approval:us_fl_massage"]


def test_the_same_file_again_imports_nothing_twice(officer, florida):
    imported(officer, checked(officer, LINE))

    again = checked(officer, LINE)

    assert [row.fate for row in again.rows.all()] == ["known"]
    with pytest.raises(ImportRefused):
        imports.confirm_import(officer=officer, batch=again)
    assert Award.objects.count() == Certificate.objects.count() == Dossier.objects.count() == 1


def test_a_file_that_waits_is_not_kept_twice(officer, florida):
    first = begun(officer, archive(LINE))

    assert begun(officer, archive(LINE)) == first
    assert CertificateImport.objects.count() == 1


def test_one_mail_a_person_however_many_certificates(officer, florida):
    second = LINE | {"title": "SMRT for the hip", "certificate_number": "2021-0043", "file": ""}

    imported(officer, checked(officer, LINE, second))

    assert Award.objects.count() == 2
    assert User.objects.filter(email="zoe@example.org").count() == 1
    assert MailMessage.objects.count() == 1
    assert "Without a PDF it counts" in ImportRow.objects.get(line=3).notes[-1]


def test_people_are_found_by_licence_number_and_by_address(officer, florida):
    licence = LicenceFactory(board=florida, number="ma12345", user=LegalNameFactory(given_names="Zoë", family_name="Green").user)
    other = UserFactory(email="ben@example.org")
    lines = [LINE | {"email": ""}, LINE | {"email": "ben@example.org", "licence_number": "", "file": ""}]

    batch = checked(officer, *lines)
    imported(officer, batch)

    assert {award.dossier.user for award in Award.objects.all()} == {licence.user, other}
    assert "The person’s confirmed name is “Zoë Green”." in batch.rows.get(line=2).notes[0]
    assert Licence.objects.count() == 1
    assert "You have no password yet." not in MailMessage.objects.get(recipient=licence.user).body_text


def test_an_approval_on_file_that_says_the_same_is_used(officer, florida):
    row = AccreditationFactory(
        board=florida, activity__kind="workshop", activity__title="SMRT for the knee", approved_title="SMRT for the Knee", approval_number="20-77"
    )

    imported(officer, checked(officer, LINE))

    assert (Award.objects.get().accreditation, Accreditation.objects.count(), Activity.objects.count()) == (row, 1, 1)


def test_an_approval_as_printed_covers_no_day(officer, florida, client):
    imported(officer, checked(officer, LINE, LINE | {"email": "ben@example.org", "licence_number": "MA2", "name": "Ben Lee", "file": ""}))

    row = Accreditation.objects.get()
    assert (row.is_as_printed, row.covers(date(2021, 5, 9)), Award.objects.count()) == (True, False, 2)
    assert "it only says what certificates issued before this system say" in client.get(row.get_absolute_url()).content.decode()


def test_a_schools_own_certificate_needs_no_board(officer):
    imported(officer, checked(officer, LINE | {"board": "", "units": "", "licence_number": "", "approval_number": ""}))

    award = Award.objects.get()
    assert (award.is_plain, award.board, award.title) == (True, None, "SMRT for the knee")


def test_categories_are_read_by_code_and_by_word(officer, florida):
    imported(officer, checked(officer, LINE | {"categories": "ethics 2; Medical errors: 1"}))

    assert Award.objects.get().category_split == [{"category": "ethics", "units": "2"}, {"category": "medical_errors", "units": "1"}]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": ""}, "name: is empty."),
        ({"email": "zoe"}, "email: “zoe” is not an e-mail address."),
        ({"email": "", "licence_number": ""}, "email: is empty, and so is licence_number"),
        ({"email": ""}, "licence_number: nobody has it on file with this board. Give the e-mail address."),
        ({"completed_on": "09.05.2021"}, "completed_on: “09.05.2021” is not a day written like 2021-05-09."),
        ({"completed_on": "2027-01-01", "issued_on": ""}, "completed_on: 2027-01-01 has not come yet."),
        ({"completed_on": "0202-01-01", "issued_on": ""}, "completed_on: check the year of 0202-01-01."),
        ({"issued_on": "2021-05-01"}, "issued_on: lies before the completion."),
        ({"units": ""}, "units: is empty; credit with a board has units."),
        ({"units": "six"}, "units: “six” is not a number of units such as 6 or 2.5."),
        ({"units": "-1"}, "units: “-1” is not a number"),
        ({"units": "NaN"}, "units: “NaN” is not a number"),
        ({"units": "1e400"}, "units: “1e400” is not a number"),
        ({"units": "2.555"}, "units: “2.555” is not a number"),
        ({"board": ""}, "board: is empty; units and approvals belong to a board."),
        ({"board": "us_xx"}, "board: no board has the code “us_xx”"),
        ({"approved_by": "ncbtmb_other"}, "approved_by: no board has the code “ncbtmb_other”"),
        ({"delivery": "video"}, "delivery: “video” is none of"),
        ({"minutes": "six"}, "minutes: “six” is not a number of minutes."),
        ({"categories": "ethics"}, "categories: “ethics” should be a category and its units"),
        ({"categories": "knitting 2"}, "categories: no rule knows “knitting”."),
        ({"categories": "ethics 7"}, "categories: they add up to more than the units."),
        ({"file": "missing.pdf"}, "file: “missing.pdf” is not in the ZIP."),
        ({"file": "notes.pdf"}, "file: “notes.pdf” is not a readable PDF."),
        ({"file": "huge.pdf"}, "file: “huge.pdf” is larger than 2 MB. Save it smaller."),
        ({"name": "Zoë\u202eBrown"}, "name: There is a character in it that cannot be seen"),
        ({"title": "x" * 201}, "title: at most 200 characters."),
    ],
)
def test_each_mistake_is_named_with_its_column_and_imports_nothing(officer, florida, change, fault):
    pdfs = {"brown.pdf": a_pdf(), "notes.pdf": b"not a pdf", "huge.pdf": b"%PDF-1.4" + b"0" * 2_000_001}

    batch = checked(officer, LINE | change, pdfs=pdfs)

    row = batch.rows.get()
    assert (row.fate, row.line) == ("mistake", 2)
    assert any(found.startswith(fault) for found in row.faults), row.faults
    with pytest.raises(ImportRefused):
        imports.confirm_import(officer=officer, batch=batch)
    assert not Award.objects.exists()


def test_people_that_do_not_fit_together_are_left_out(officer, florida):
    LicenceFactory(board=florida, number="MA12345")
    UserFactory(email="zoe@example.org")
    closed = UserFactory(email="closed@example.org", is_active=False)

    batch = checked(
        officer,
        LINE,
        LINE | {"email": closed.email, "licence_number": ""},
        LINE | {"email": "new@example.org"},
        LINE | {"email": officer.email, "licence_number": ""},
    )

    assert [fault.split(":")[0] for fault in faults(batch)] == [
        "licence_number",
        "email",
        "email",
        "Nobody imports their own certificates. Ask another CE officer.",
    ]


def test_a_board_must_accept_the_approval(officer, florida):
    national = BoardFactory(code="ncbtmb", name="NCBTMB")
    line = LINE | {"approved_by": "ncbtmb"}

    refused = checked(officer, line)
    florida.accepts_approvals_of.add(national)
    batch = checked(officer, line | {"certificate_number": "2"})
    imported(officer, batch)

    assert faults(refused) == ["approved_by: Board of Massage Therapy does not accept approvals of NCBTMB."]
    award = Award.objects.get()
    assert (award.board, award.accreditation.board, award.approval_board_name) == (florida, national, "NCBTMB")


def test_the_same_line_twice_and_credit_on_record_are_left_out(officer, florida):
    imported(officer, checked(officer, LINE))

    batch = checked(
        officer,
        LINE | {"certificate_number": "9"},
        LINE | {"email": "a@example.org", "licence_number": "1"},
        LINE | {"email": "a@example.org", "licence_number": "1"},
    )

    assert faults(batch)[0].startswith("Credit for this title, day and board is on record already.")
    assert faults(batch)[1] == "The same as line 3."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04 not a zip", "This ZIP is damaged."),
        ("name,titlé".encode("latin-1"), "The CSV is not in UTF-8"),
        (b"\x00\x01", "This is not a CSV file."),
        (b"name,title\nA,B", "These columns are missing: completed_on, delivery."),
        (table(LINE, names=(*NAMES, "colour")), "These columns are unknown: colour."),
        (table(LINE, names=(*NAMES, "email")), "These columns are there twice: email."),
        (table(), "The CSV has a header and no line."),
        (table() + b'\n"unclosed', "The CSV can not be read"),
        (archive(LINE, second__csv=b"name"), "The ZIP must hold exactly one CSV file; it holds 2."),
    ],
)
def test_a_file_that_can_not_be_read_says_what_to_do(officer, florida, content, said):
    batch = checked(officer, content=content)

    assert batch.state == "broken"
    assert said in batch.faults[0]
    assert not batch.rows.exists()


def test_files_that_no_line_names_are_pointed_out(officer, florida):
    batch = checked(officer, LINE, pdfs={"brown.pdf": a_pdf(), "lee.pdf": a_pdf()})

    assert batch.faults == ["1 files of the ZIP are named by no line, such as lee.pdf. They are not imported."]


def test_semicolons_and_a_mark_at_the_beginning_are_read(officer, florida):
    content = table(LINE | {"file": ""}).decode().replace(",", ";").encode("utf-8-sig")

    assert [row.fate for row in checked(officer, content=content).rows.all()] == ["will"]


def test_a_killed_run_goes_on_and_does_nothing_twice(officer, florida, monkeypatch):
    lines = [LINE | {"email": f"p{n}@example.org", "licence_number": f"MA{n}", "certificate_number": str(n)} for n in range(3)]
    batch = checked(officer, *lines)
    imports.confirm_import(officer=officer, batch=batch)
    batch.refresh_from_db()

    with pytest.raises(KeyboardInterrupt):
        imports.run_import(job=FakeJob(after=1), batch=batch)
    with monkeypatch.context() as cut:  # killed between a line and its file
        cut.setattr(imports, "publish_original", lambda certificate: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            imports.run_import(job=FakeJob(), batch=batch)
    assert Certificate.objects.filter(state="pending").count() == 1
    for _ in range(2):
        imports.run_import(job=FakeJob(), batch=CertificateImport.objects.get())

    assert CertificateImport.objects.get().state == "done"
    assert Award.objects.count() == Certificate.objects.filter(state="issued").count() == MailMessage.objects.count() == 3


def test_what_came_in_between_is_left_out_at_the_end(officer, florida):
    batch = checked(officer, LINE)
    LicenceFactory(board=florida, number="MA12345")

    imported(officer, batch)

    assert (batch.state, batch.rows.get().fate, Award.objects.count()) == ("done", "mistake", 0)
    assert batch.rows.get().faults == ["email: the licence is on file under another address. Leave the address out, or correct it."]


def test_undoing_revokes_and_the_same_can_be_imported_again(officer, florida):
    batch = imported(officer, checked(officer, LINE))

    imports.undo_import(officer=officer, batch=batch, reason="The wrong folder.")
    imports.undo_import(officer=officer, batch=batch, reason="The wrong folder.")
    for _ in range(2):
        imports.revoke_imported(job=FakeJob(), batch=CertificateImport.objects.get())
    again = imported(officer, checked(officer, LINE))

    first, second = Award.objects.order_by("pk")
    assert (first.status, first.revoked_because, second.status) == ("revoked", "Entered here by mistake", "active")
    assert list(Certificate.objects.order_by("pk").values_list("state", flat=True)) == ["revoked", "issued"]
    assert (batch.rows.get().fate, again.rows.get().fate) == ("undone", "done")
    assert AuditEntry.objects.filter(action="credits.undo_import").count() == 1


def test_a_corrected_one_is_undone_in_its_latest_version(officer, florida):
    batch = imported(officer, checked(officer, LINE))
    award = Award.objects.get()
    LegalNameFactory(user=award.dossier.user)

    successor = services.correct_award(officer=officer, award=award, reason="Misspelt.", changes={"legal_name": "Zoë Braun"})
    imports.undo_import(officer=officer, batch=batch, reason="The wrong folder.")
    imports.revoke_imported(job=FakeJob(), batch=CertificateImport.objects.get())

    assert (successor.origin, successor.is_original) == ("imported", False)
    assert Award.objects.with_status().get(pk=successor.pk).status == "revoked"
    assert Job.objects.filter(kind="credits.issue_certificate", args={"award": successor.pk}).exists()


def test_no_certificate_is_made_for_a_paper_that_exists(officer, florida):
    imported(officer, checked(officer, LINE | {"file": ""}))

    with pytest.raises(AwardNotCertifiable):
        issue_certificate(award=Award.objects.get())

    assert not Certificate.objects.exists()


def test_discarding_deletes_the_file_and_the_cells(officer, florida, django_capture_on_commit_callbacks):
    batch = checked(officer, LINE)
    storage, name = batch.file.storage, batch.file.name
    assert storage.exists(name)

    with django_capture_on_commit_callbacks(execute=True):
        imports.discard_import(officer=officer, batch=batch)

    batch.refresh_from_db()
    assert (batch.state, batch.rows.get().values, storage.exists(name)) == ("discarded", {}, False)
    with pytest.raises(ImportRefused):
        imports.confirm_import(officer=officer, batch=batch)
    with pytest.raises(ImportRefused):
        imports.undo_import(officer=officer, batch=batch, reason="Why not")


def test_lines_left_out_long_ago_forget_whom_they_named(officer, florida):
    batch = imported(officer, checked(officer, LINE, LINE | {"units": "six"}))
    assert imports.tidy_imports() == 0
    CertificateImport.objects.update(updated_at="2026-01-01T00:00Z")

    assert imports.tidy_imports() == 1
    assert [row.values for row in batch.rows.all()] == [{}, {}]


def test_only_officers_with_a_reason_import(officer):
    with pytest.raises(NotAnOfficer):
        begun(user_with_role(Role.STAFF), b"name")
    with pytest.raises(ReasonNeeded):
        imports.begin_import(officer=officer, upload=SimpleUploadedFile("a.csv", b"name"), source=" ")
    with pytest.raises(ImportRefused):
        begun(officer, b"")

    assert not CertificateImport.objects.exists()


def test_the_pages_from_the_file_to_the_end(client, officer, florida):
    add = reverse("credits_desk:import_add")
    assert "Nothing brought in yet" in client.get(reverse("credits_desk:import_list")).content.decode()
    assert client.get(reverse("credits_desk:import_template")).content.decode("utf-8-sig") == template_csv()

    refused = client.post(add, {"file": SimpleUploadedFile("old.exe", b"MZ"), "source": "Folders"})
    sent = client.post(add, {"file": SimpleUploadedFile("old.zip", archive(LINE, LINE | {"units": "=six"})), "source": "Folders"})
    batch = CertificateImport.objects.get()
    waiting = client.get(sent.url).content.decode()
    imports.check_import(job=FakeJob(), batch=batch)
    preview = client.get(sent.url).content.decode()
    left_out = client.get(reverse("credits_desk:import_mistakes", args=[batch.pk])).content.decode("utf-8-sig")
    unsure = client.post(reverse("credits_desk:import_confirm", args=[batch.pk]))
    client.post(reverse("credits_desk:import_confirm", args=[batch.pk]), {"is_sure": "on"})
    batch.refresh_from_db()
    imports.run_import(job=FakeJob(), batch=batch)
    done = client.get(f"{sent.url}?fate=done").content.decode()
    client.post(reverse("credits_desk:import_undo", args=[batch.pk]), {"reason": "The wrong folder."})
    undoing = client.get(sent.url, HTTP_HX_REQUEST="true").content.decode()

    assert refused.status_code == 422
    assert "Checking line by line" in waiting
    assert "1 certificate will be imported" in preview
    assert "“=six” is not a number of units" in preview
    assert "'=six" in left_out
    assert unsure.status_code == 422
    assert "Zoë Brown" in done
    assert undoing.startswith('<div id="import"')
    assert "Undoing line by line" in undoing
    assert CertificateImport.objects.get().state == "undoing"


def test_the_learner_sees_that_it_is_the_original(client, officer, florida):
    imported(officer, checked(officer, LINE))
    client.force_login(User.objects.get(email="zoe@example.org"))

    page = client.get(reverse("credits:certificate_list")).content.decode()

    assert "Issued before this system; this is the original." in page
    assert "SMRT for the knee" in client.get(reverse("credits:credit_list")).content.decode()


def test_the_award_says_that_it_is_never_reported(client, officer, florida):
    imported(officer, checked(officer, LINE))
    client.force_login(officer)

    page = client.get(Award.objects.get().get_absolute_url()).content.decode()

    assert "Never reported: it was issued before this system." in page
    assert "Not with the regulator." not in page


def test_the_api_takes_the_file_and_undoes(client, officer, florida):
    made = client.post(reverse("credits_api:import-begin"), {"file": SimpleUploadedFile("old.zip", archive(LINE)), "source": "Folders"})
    batch = CertificateImport.objects.get()
    early = client.post(reverse("credits_api:import-confirm", args=[batch.pk]))
    imports.check_import(job=FakeJob(), batch=batch)
    row = client.get(reverse("credits_api:import-detail", args=[batch.pk])).json()
    confirmed = client.post(reverse("credits_api:import-confirm", args=[batch.pk])).json()
    batch.refresh_from_db()
    imports.run_import(job=FakeJob(), batch=batch)
    late = client.post(reverse("credits_api:import-discard", args=[batch.pk]))
    bad = client.post(reverse("credits_api:import-undo", args=[batch.pk]), {}, content_type="application/json")
    undone = client.post(reverse("credits_api:import-undo", args=[batch.pk]), {"reason": "Wrong."}, content_type="application/json").json()

    assert (made.status_code, early.status_code) == (201, 409)
    assert (row["counts"]["will"], row["rows"][0]["line"], row["rows"][0]["fate"]) == (1, 2, "will")
    assert (confirmed["state"], late.status_code, bad.status_code, undone["state"]) == ("running", 409, 400, "undoing")


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_a_constant_number_of_queries(client, officer, florida, django_assert_num_queries, count):
    lines = [LINE | {"email": f"p{n}@example.org", "licence_number": f"MA{n}", "file": ""} for n in range(count)]
    batch = imported(officer, checked(officer, *lines, pdfs={}))
    for address, queries in ((reverse("credits_desk:import_list"), 5), (batch.get_absolute_url(), 7)):
        client.get(address)
        with django_assert_num_queries(queries):
            client.get(address)


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_unpacks_without_a_limit_is_refused(officer, florida, kind):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", kind) as file:
        file.writestr("table.csv", table(LINE) + b"\n" * 9_000_000)
    upload = SimpleUploadedFile("old.zip", held.getvalue())
    batch = imports.begin_import(officer=officer, upload=upload, source="Old folders")

    imports.check_import(job=FakeJob(), batch=batch)

    batch.refresh_from_db()
    assert (batch.state, batch.rows.count()) == ("broken", 0)
    assert "is packed in an unusual way" in batch.faults[0]


def test_a_licence_number_somebody_else_typed_in_finds_nobody(officer, florida):
    LicenceFactory(board=florida, number="MA12345", user=LegalNameFactory(given_names="Mallory", family_name="Gray", user__display_name="Mallory").user)

    batch = checked(officer, LINE | {"email": ""})

    row = batch.rows.get()
    assert (row.fate, row.faults) == (
        "mistake",
        ["licence_number: it is on file for somebody of another name, who typed it in. Give the e-mail address of the person meant."],
    )


@pytest.mark.parametrize("is_undone", [False, True])
def test_nothing_more_is_credited_for_an_earlier_certificate_than_it_says(officer, florida, client, is_undone):
    """Its title may be that of a course that boards approve today; nobody knows whether it was that course."""
    batch = imported(officer, checked(officer, LINE))
    if is_undone:
        imports.undo_import(officer=officer, batch=batch, reason="The wrong folder")
        imports.revoke_imported(job=FakeJob(), batch=CertificateImport.objects.get())
    dossier = Dossier.objects.get()
    licence = LicenceFactory(user=dossier.user, board=BoardFactory(code="us_ga_massage"))
    AccreditationFactory(activity=dossier.activity, board=licence.board, valid_from=date(2020, 1, 1))
    client.force_login(dossier.user)

    page = client.get(reverse("credits:credit_list")).content.decode()
    client.post(reverse("credits:claim_create", args=[dossier.pk]), {"licence": licence.pk})
    with pytest.raises(PetitionRefused, match="before this system was in use"):
        request_petition(dossier=dossier, board=licence.board)

    claim = Claim.objects.get(licence=licence)
    assert (claim.state, claim.code, Award.objects.count()) == ("refused", "not_claimable", 1)
    assert "It counts for what its certificate says" in claim.explanation
    assert reverse("credits:claim_create", args=[dossier.pk]) not in page


def a_packed_pdf(table=b"", *, filters=b"/FlateDecode"):
    """A PDF whose table of objects is packed, with `table` after what belongs there."""
    head = b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj<</Type/Pages/Kids[]/Count 1>> endobj\n"
    places = [(0, 0), (1, head.index(b"1 0 obj")), (1, head.index(b"2 0 obj")), (1, len(head))]
    rows = b"".join(bytes([kind]) + place.to_bytes(4, "big") + b"\0\0" for kind, place in places) + table
    packed = zlib.compress(rows, 9) if b"Flate" in filters else table
    if filters.count(b"Flate") > 1:
        packed = zlib.compress(packed, 9)
    said = b"3 0 obj<</Type/X#52ef/Size 4/W[1 4 2]/Root 1 0 R/Filter%s/Length %d>>stream\n" % (filters, len(packed))
    return head + said + packed + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(head)


@pytest.mark.parametrize(
    "pdf",
    [
        a_packed_pdf(bytes(300_000_000)),
        a_packed_pdf(bytes(300_000_000), filters=b"[/FlateDecode/FlateDecode]"),
        a_packed_pdf(b"no zlib", filters=b"/ASCIIHexDecode"),
        a_packed_pdf()[:-40].replace(b"stream\nx", b"stream\n?"),
    ],
    ids=["bomb", "bomb in a bomb", "nonsense", "cut off"],
)
def test_a_pdf_made_to_do_harm_is_one_mistake_and_keeps_no_other_line(officer, florida, pdf):
    other = LINE | {"email": "ben@example.org", "licence_number": "MA2", "name": "Ben Lee", "file": "lee.pdf"}

    batch = checked(officer, LINE, other, pdfs={"brown.pdf": pdf, "lee.pdf": a_packed_pdf()})

    assert [row.fate for row in batch.rows.order_by("line")] == ["mistake", "will"]
    assert faults(batch) == ["file: “brown.pdf” is not a readable PDF."]


def test_an_import_whose_check_died_says_so_and_takes_the_file_again(officer, florida, monkeypatch):
    monkeypatch.setattr(imports, "read_entry", lambda values, today: 1 / 0)
    batch = begun(officer, archive(LINE))
    Job.objects.filter(kind="credits.check_import").update(attempts=jobs.MAX_ATTEMPTS - 1)
    jobs.run(Job.objects.get(kind="credits.check_import").pk)

    batch.refresh_from_db()
    assert (batch.state, batch.rows.count()) == ("broken", 0)
    assert "could not be checked" in batch.faults[0]
    assert begun(officer, archive(LINE)) != batch
