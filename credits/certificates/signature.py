"""PAdES B-B signature over a finished PDF, in a way that keeps it PDF/A-3a and PDF/UA-1.

pyHanko's own path loads the key for every signature, signs twice and rewrites the XMP. Hence a signer that holds the
key, a fixed reserve, a writer that leaves the XMP alone, and a widget outside the page (decision 0007 has the figures).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from credits.certificates.keys import LoadedKey

_RESERVED_HEX_DIGITS = 6144  # room for a P-256 signature with one intermediate certificate


class _HeldKeySigner(signers.Signer):
    def __init__(self, key: LoadedKey):
        own, *others = [asn1_x509.Certificate.load(item.public_bytes(serialization.Encoding.DER)) for item in key.chain]
        registry = SimpleCertificateStore()
        registry.register_multiple(others)
        super().__init__(signing_cert=own, cert_registry=registry, embed_roots=False)
        self._key = key.private_key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return bytes(72) if dry_run else self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class _KeepXmp(IncrementalPdfFileWriter):
    """Leaves the typesetter's XMP untouched. `_update_meta` is pyHanko's own name: a test fails when it goes."""

    def _update_meta(self) -> None:
        pass


def sign_pdf(pdf: bytes, *, key: LoadedKey, school: str) -> bytes:
    """`pdf` with a certifying, invisible signature that permits no later change."""
    writer = _KeepXmp(io.BytesIO(pdf if pdf.endswith(b"\n") else pdf + b"\n"))  # without the newline PDF/A 6.1.9 fails
    field = SigFieldSpec(
        "Issuer", readable_field_name=f"Digital signature of {school}", invis_sig_settings=InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)
    )
    metadata = signers.PdfSignatureMetadata(
        field_name="Issuer", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, name=school
    )
    out = io.BytesIO()
    signer = signers.PdfSigner(metadata, signer=_HeldKeySigner(key), new_field_spec=field)
    _run_to_its_end(signer.async_sign_pdf(writer, output=out, bytes_reserved=_RESERVED_HEX_DIGITS))
    return out.getvalue()


def _run_to_its_end(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run pyHanko's coroutine here, or on a thread of its own where an event loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
        return
    with ThreadPoolExecutor(max_workers=1) as threads:
        threads.submit(asyncio.run, coroutine).result()
