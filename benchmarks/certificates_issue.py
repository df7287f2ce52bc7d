"""Certificates per CPU second: the bare path (badge, page, signature), the signature alone, and the path with database and storage."""

# ruff: noqa: E402  the models need a Django that is set up

from __future__ import annotations

import io
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import django

django.setup()

from cryptography.hazmat.primitives import serialization
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from benchmarks.rows import row
from credits.certificates.credential import credential_jwt
from credits.certificates.keys import signing_key
from credits.certificates.render import render_pdf
from credits.certificates.services import issue_certificate
from credits.certificates.sheet import sheet_of
from credits.certificates.signature import sign_pdf
from tests.credits.sheets import a_snapshot
from tests.factories.credits import AwardFactory

COUNT = int(os.environ.get("CERTIFICATES", "60"))
NAMES = ("Zoë Đặng", "Ana Ruiz", "Jürgen Müller", "Nguyễn Thị Phương Thảo", "佐藤 さくら", "Łukasz Żółć", "محمد بن سلمان", "José Núñez")


def rows() -> list[dict[str, Any]]:
    settings.MEDIA_ROOT = tempfile.mkdtemp()
    pages = [_page(number) for number in range(COUNT)]
    key = signing_key()
    awards = [AwardFactory(holder__legal_name_printed=NAMES[number % len(NAMES)]) for number in range(COUNT + 1)]
    issue_certificate(award=awards.pop())

    def bare() -> None:
        for number in range(COUNT):
            sign_pdf(_page(number), key=key, school="SMRT School")

    def with_database() -> None:
        for award in awards:
            issue_certificate(award=award)

    def as_the_manual_shows() -> None:
        signer = signers.SimpleSigner.load(*_key_files(), key_passphrase=None)
        for pdf in pages:
            meta = signers.PdfSignatureMetadata(field_name="Issuer", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, certify=True)
            signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer=signer)

    def ours() -> None:
        for pdf in pages:
            sign_pdf(pdf, key=key, school="SMRT School")

    bare_s, database_s, manual_s, ours_s = (_cpu_s(work) for work in (bare, with_database, as_the_manual_shows, ours))
    return [
        row(area="certificates", name="badge, QR, PDF/A-3a + UA-1, signature", ours=COUNT / bare_s, theirs=None, unit="per CPU s", bar=None),
        row(
            area="certificates",
            name="signature, ours : pyHanko as its manual shows it",
            ours=COUNT / ours_s,
            theirs=COUNT / manual_s,
            unit="per CPU s",
            bar=1.8,
        ),
        row(
            area="certificates",
            name="issued with database and storage : the bare path",
            ours=1000 * database_s / COUNT,
            theirs=1000 * bare_s / COUNT,
            unit="CPU ms each",
            bar=1.6,
            better="lower",
        ),
    ]


def _page(number: int) -> bytes:
    token = f"{number:026d}".translate(str.maketrans("01", "ab"))
    snapshot = a_snapshot(name=NAMES[number % len(NAMES)], token=token, verify_url=f"{settings.SITE_URL}/c/{token}/")
    at = datetime(2026, 11, 22, 17, tzinfo=UTC) + timedelta(seconds=number)
    certificate: Any = SimpleNamespace(public_url=snapshot["verify_url"], status_list_index=number)
    jwt = credential_jwt(snapshot=snapshot, certificate=certificate, list_number=1, issued_at=at, key=signing_key())
    return render_pdf(sheet=sheet_of(snapshot), credential=jwt, made_at=at)


def _key_files() -> tuple[str, str]:
    key, folder = signing_key(), tempfile.mkdtemp()
    paths = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    pem = serialization.Encoding.PEM
    with open(paths[0], "wb") as file:
        file.write(key.private_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with open(paths[1], "wb") as file:
        file.write(key.chain[0].public_bytes(pem))
    return paths


def _cpu_s(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
