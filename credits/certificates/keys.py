"""The school's signing keys: one interface over a key sealed in the database and one handed in by the environment.

Every web and worker machine must sign with the same key, so the default lives in the database, encrypted under
SECRET_KEY. SIGNING_KEY_FILE and SIGNING_CERTIFICATE_FILE (PEM) take its place where an operator keeps keys elsewhere.
"""

from __future__ import annotations

import base64
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID, ObjectIdentifier
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from joserfc.jwk import ECKey

from core import clock
from core.audit import record_audit
from credits.models import SigningKey

VALID_FOR = dt.timedelta(days=3650)
_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336

_loaded: dict[tuple[int, str], LoadedKey] = {}


@dataclass(frozen=True)
class LoadedKey:
    """A key ready to sign, held by one process."""

    row: SigningKey
    private_key: ec.EllipticCurvePrivateKey
    chain: list[x509.Certificate]

    @property
    def jwk(self) -> ECKey:
        pem = self.private_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return ECKey.import_key(pem)


def signing_key() -> LoadedKey:
    """The key new certificates are signed with; the first call on a new site makes it. Safe in several processes at once."""
    if settings.SIGNING_KEY_FILE:
        return _from_environment()
    row = _current_row() or _create_row()
    return _load(row, lambda: _open(row))


def rotate_signing_key(*, actor: Any, reason: str) -> SigningKey:
    """Retire the sealed key and make a new one. Certificates signed by the old one stay valid, its public half stays published."""
    with transaction.atomic():
        for row in SigningKey.objects.select_for_update().filter(retired_at__isnull=True).exclude(sealed_private_key=""):
            row.retired_at = clock.now()
            row.save(update_fields=["retired_at", "updated_at"])
            record_audit(actor=actor, action="credits.retire_signing_key", record=row, reason=reason)
        return _create_row()


def public_jwk(row: SigningKey) -> dict[str, Any]:
    """The public key as published; never holds `d`."""
    return {**row.public_jwk, "kid": row.kid, "use": "sig", "alg": "ES256"}


def jwks() -> dict[str, Any]:
    """All public keys the school ever signed with, but those that were compromised."""
    return {"keys": [public_jwk(row) for row in SigningKey.objects.filter(revoked_at__isnull=True)]}


def _current_row() -> SigningKey | None:
    return SigningKey.objects.filter(retired_at__isnull=True, revoked_at__isnull=True, not_after__gt=clock.now()).exclude(sealed_private_key="").first()


def _create_row() -> SigningKey:
    private_key = ec.generate_private_key(ec.SECP256R1())
    pem = private_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = _self_signed(private_key)
    try:
        with transaction.atomic():
            row = _register(private_key, [certificate], sealed=_fernet().encrypt(pem).decode())
            record_audit(actor=None, action="credits.create_signing_key", record=row)
            return row
    except IntegrityError:  # another process was first
        row_found = _current_row()
        if row_found is None:
            raise
        return row_found


def _register(private_key: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate], *, sealed: str) -> SigningKey:
    public = ECKey.import_key(private_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return SigningKey.objects.create(
        kid=public.thumbprint(),
        public_jwk=public.as_dict(private=False),
        certificate_pem="".join(item.public_bytes(serialization.Encoding.PEM).decode() for item in chain),
        sealed_private_key=sealed,
        not_before=chain[0].not_valid_before_utc,
        not_after=chain[0].not_valid_after_utc,
    )


def _self_signed(private_key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.SCHOOL_NAME[:64]), x509.NameAttribute(NameOID.COMMON_NAME, "Certificates")])
    now = clock.now().replace(microsecond=0)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private_key.public_key()), critical=False)
        .sign(private_key, hashes.SHA256())
    )


def _from_environment() -> LoadedKey:
    try:
        private_key = serialization.load_pem_private_key(Path(settings.SIGNING_KEY_FILE).read_bytes(), password=None)
        chain = x509.load_pem_x509_certificates(Path(settings.SIGNING_CERTIFICATE_FILE).read_bytes())
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"SIGNING_KEY_FILE and SIGNING_CERTIFICATE_FILE must name PEM files: {error}.") from error
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or not isinstance(private_key.curve, ec.SECP256R1):
        raise ImproperlyConfigured("SIGNING_KEY_FILE must hold an elliptic-curve key on P-256.")
    if chain[0].public_key() != private_key.public_key():
        raise ImproperlyConfigured("SIGNING_CERTIFICATE_FILE must begin with the certificate of the key in SIGNING_KEY_FILE.")
    public = ECKey.import_key(private_key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    row = SigningKey.objects.filter(kid=public.thumbprint()).first()
    if row is None:
        try:
            with transaction.atomic():
                row = _register(private_key, chain, sealed="")
        except IntegrityError:
            row = SigningKey.objects.get(kid=public.thumbprint())
    if row.revoked_at:
        raise ImproperlyConfigured(f"The key in SIGNING_KEY_FILE was revoked on {row.revoked_at:%Y-%m-%d}. Use another.")
    return _load(row, lambda: private_key)


def _load(row: SigningKey, private_key: Any) -> LoadedKey:
    """Keep one opened key per process; a forked child opens its own."""
    place = (os.getpid(), row.kid)
    if place not in _loaded:
        _loaded[place] = LoadedKey(row, private_key(), x509.load_pem_x509_certificates(row.certificate_pem.encode()))
    return _loaded[place]


def _open(row: SigningKey) -> ec.EllipticCurvePrivateKey:
    try:
        pem = _fernet().decrypt(row.sealed_private_key.encode())
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "The signing key in the database was sealed under another SECRET_KEY. Put the old one into SECRET_KEY_FALLBACKS, "
            "or make a new key with: manage.py rotate_signing_key."
        ) from error
    key = serialization.load_pem_private_key(pem, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we sealed it ourselves
    return key


def _fernet() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"smrt signing key, version 1").derive(secret.encode())
