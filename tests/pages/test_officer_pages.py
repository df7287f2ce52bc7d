"""What CE officers decide and file, in a real browser: one h1, no axe finding, nothing that scrolls sideways."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Role
from credits.bulk.services import begin_bulk_change, try_bulk_change
from credits.imports.services import begin_import, check_import, confirm_import, run_import
from credits.models import Certificate
from credits.services import note_offering
from tests.credits.test_bulk import FakeJob
from tests.credits.test_imports import LINE, archive
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, ClosedCycleFactory, LicenceFactory


@pytest.fixture
def officer(transactional_db):
    return user_with_role(Role.CE_OFFICER)


def test_a_change_to_file(look_at, officer):
    row = AccreditationFactory(activity__kind="workshop", passing_score=75)
    facts = {"title": "The knee, hands-on", "instructor": "Ben Lee", "minutes": {"in_person_hands_on": 300}, "pass_mark": None}
    offering = note_offering(key="workshop:9", activity=row.activity, label="the workshop", address="/desk/", facts=facts, on=date(2099, 5, 3))

    paths = [reverse("credits_desk:task_list"), row.activity.get_absolute_url(), reverse("credits_desk:change_detail", args=[offering.pk, row.pk])]
    assert look_at(paths, officer) == {}


def test_a_closed_cycle(look_at, officer):
    licence = LicenceFactory(board=BoardFactory(code="us_fl_massage"), issued_on=date(2022, 3, 1))
    cycle = ClosedCycleFactory(licence=licence)
    paths = [cycle.get_absolute_url(), reverse("credits_desk:closed_cycle_list"), reverse("credits_desk:licence_standing", args=[licence.pk])]

    assert look_at([*paths, cycle.award.get_absolute_url()], officer) == {}
    assert look_at([reverse("credits:licence_standing", args=[licence.pk])], licence.user) == {}


def test_a_change_of_many_awards(look_at, officer):
    award = AwardFactory()
    change = begin_bulk_change(officer=officer, awards=[award.pk], kind="revoke", reason="Twice", reason_class="duplicate")
    trying = look_at([change.get_absolute_url(), reverse("credits_desk:bulk_add"), reverse("credits_desk:bulk_list")], officer)
    try_bulk_change(job=FakeJob(), change=change)

    assert (trying, look_at([change.get_absolute_url()], officer)) == ({}, {})


def test_bringing_certificates_in(look_at, officer):
    BoardFactory(code="us_fl_massage")
    batch = begin_import(officer=officer, upload=SimpleUploadedFile("old.zip", archive(LINE, LINE | {"units": "six"})), source="Folders")
    checking = look_at([batch.get_absolute_url(), reverse("credits_desk:import_add"), reverse("credits_desk:import_list")], officer)
    check_import(job=FakeJob(), batch=batch)
    ready = look_at([batch.get_absolute_url(), reverse("credits_desk:import_undo", args=[batch.pk])], officer)
    confirm_import(officer=officer, batch=batch)
    batch.refresh_from_db()
    run_import(job=FakeJob(), batch=batch)
    certificate = Certificate.objects.get()

    assert (checking, ready, look_at([batch.get_absolute_url(), certificate.award.get_absolute_url()], officer)) == ({}, {}, {})
    assert look_at([certificate.get_absolute_url(), reverse("credits:certificate_list")], certificate.award.dossier.user) == {}
