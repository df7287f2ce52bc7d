"""The signature and the embedded badge, checked by other people's software."""

import base64
import gzip
import io
import json

import pikepdf
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from openbadgeslib.ob3.credential import OpenBadgeCredential
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from accounts.models import Role
from credits.certificates import keys, signature
from credits.certificates.keys import jwks, rotate_signing_key, signing_key
from credits.certificates.services import issue_certificate, resume_certificate, revoke_certificate, stored_pdf, suspend_certificate
from credits.certificates.signature import sign_pdf
from credits.certificates.status import encoded, status_list_jwt
from credits.models import RevocationReason, SigningKey, StatusList
from tests.credits.conformance import failures
from tests.factories.accounts import user_with_role
from tests.factories.credits import AwardFactory, DossierFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def bottom_line(pdf: bytes) -> bool:
    """Whether pyHanko, trusting the school's certificate, accepts the file as a whole."""
    roots = [signature.asn1_x509.Certificate.load(item.public_bytes(signature.serialization.Encoding.DER)) for item in signing_key().chain]
    reader = PdfFileReader(io.BytesIO(pdf), strict=False)
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    return validate_pdf_signature(reader.embedded_signatures[0], signer_validation_context=context).bottom_line


def segment(jwt: str, place: int) -> dict:
    part = jwt.split(".")[place]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_the_signature_is_good_and_the_file_still_conforms():
    certificate = issue_certificate(award=AwardFactory(dossier=DossierFactory(facts={"exam": {"score": 90}})))
    pdf = stored_pdf(certificate)

    assert bottom_line(pdf)
    assert failures(pdf) == set()


def test_something_added_after_signing_is_detected():
    pdf = stored_pdf(issue_certificate(award=AwardFactory()))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(n) for n in (250, 350, 550, 400)]),
            generic.pdf_name("/Contents"): generic.TextStringObject("Somebody Else"),
        }
    )
    first_page = writer.root["/Pages"]["/Kids"][0]
    first_page["/Annots"].append(writer.add_object(note))
    writer.update_container(first_page["/Annots"])
    out = io.BytesIO()
    writer.write(out)
    attacked = out.getvalue()

    assert attacked.startswith(pdf)
    assert not bottom_line(attacked)


def test_a_changed_byte_is_detected():
    pdf = stored_pdf(issue_certificate(award=AwardFactory()))
    changed = bytearray(pdf)
    changed[len(pdf) // 3] ^= 1

    try:
        accepted = bottom_line(bytes(changed))
    except Exception:
        accepted = False
    assert not accepted


def test_the_writer_still_leaves_the_metadata_alone():
    # pyHanko's own name for what is overridden; when it goes, the XMP is rewritten and PDF/A is in doubt.
    assert "_update_meta" in vars(IncrementalPdfFileWriter) or hasattr(IncrementalPdfFileWriter, "_update_meta")
    pdf = stored_pdf(issue_certificate(award=AwardFactory()))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert b"Typst" in document.Root.Metadata.read_bytes()


def test_the_badge_is_attached_once_and_is_the_one_that_is_served(client):
    certificate = issue_certificate(award=AwardFactory())
    with pikepdf.open(io.BytesIO(stored_pdf(certificate))) as document:
        assert list(document.attachments) == ["credential.jwt"]
        embedded = document.attachments["credential.jwt"].get_file().read_bytes()

    assert client.get(reverse("verify:certificate_jwt", args=[certificate.token])).content == embedded


def test_the_badge_verifies_elsewhere_and_its_header_has_only_what_is_allowed(client):
    certificate = issue_certificate(award=AwardFactory())
    header = segment(certificate.credential_jwt, 0)

    credential = OB3Verifier(signing_key().private_key.public_key()).verify(certificate.credential_jwt)

    assert isinstance(credential, OpenBadgeCredential)
    assert set(header) == {"alg", "kid", "typ"}
    published = client.get(header["kid"].removeprefix("http://testserver")).json()
    assert published["x"] == signing_key().row.public_jwk["x"]
    assert "d" not in published
    assert all("d" not in key for key in client.get(reverse("verify:key_set")).json()["keys"])
    payload = segment(certificate.credential_jwt, 1)
    assert payload["iss"] == payload["issuer"]["id"]
    assert client.get(payload["iss"].removeprefix("http://testserver")).json()["name"] == payload["issuer"]["name"]


def test_a_badge_signed_by_another_key_is_refused():
    certificate = issue_certificate(award=AwardFactory())
    other = keys.ec.generate_private_key(keys.ec.SECP256R1())

    with pytest.raises(OB3VerificationError):
        OB3Verifier(other.public_key()).verify(certificate.credential_jwt)


def test_the_status_lists_follow_the_certificate_and_leave_its_neighbours_alone(client):
    officer = user_with_role(Role.CE_OFFICER)
    certificate, neighbour = issue_certificate(award=AwardFactory()), issue_certificate(award=AwardFactory())
    verifier = OB3Verifier(signing_key().private_key.public_key())

    def fetch(url: str) -> bytes:
        return client.get(url.removeprefix("http://testserver")).content

    def standing(row) -> str:
        credential = verifier.verify(row.credential_jwt)
        try:
            verifier.check_status(credential, verify_list=True, download=fetch)
        except OB3VerificationError as error:
            return str(error).partition("at index")[0]
        return "holds"

    assert standing(certificate) == "holds"
    suspend_certificate(certificate=certificate, actor=officer, reason="Review")
    assert standing(certificate) == "Credential status 'suspension' is set "
    resume_certificate(certificate=certificate, actor=officer, reason="Cleared")
    assert standing(certificate) == "holds"
    revoke_certificate(certificate=certificate, reason_class=RevocationReason.DUPLICATE)
    assert standing(certificate) == "Credential status 'revocation' is set "
    assert standing(neighbour) == "holds"


def test_a_status_list_has_the_least_length_the_standard_allows():
    issue_certificate(award=AwardFactory())
    payload = segment(status_list_jwt(status_list=StatusList.objects.get(), purpose="revocation"), 1)
    bits = gzip.decompress(base64.urlsafe_b64decode(payload["credentialSubject"]["encodedList"][1:] + "=="))

    assert len(bits) * 8 == 131_072
    assert not any(bits)


def test_bit_zero_is_the_most_significant_of_the_first_byte():
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded([0, 10, 131_071])[1:] + "=="))

    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0010_0000, 0b0000_0001)


def test_the_private_key_is_sealed_in_the_database(settings):
    key = signing_key()

    assert "PRIVATE" not in key.row.sealed_private_key
    assert "d" not in key.row.public_jwk
    keys._loaded.clear()
    assert signing_key().row == key.row
    keys._loaded.clear()
    settings.SECRET_KEY = "another-secret-key-that-is-long-enough-for-this-test"
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FALLBACKS"):
        signing_key()


def test_a_rotated_key_signs_new_ones_and_the_old_ones_still_verify():
    old = issue_certificate(award=AwardFactory())
    rotate_signing_key(actor=None, reason="Yearly")

    new = issue_certificate(award=AwardFactory())

    assert SigningKey.objects.count() == 2
    assert len(jwks()["keys"]) == 2
    assert segment(old.credential_jwt, 0)["kid"] != segment(new.credential_jwt, 0)["kid"]
    public = keys.ECKey.import_key(old.signing_key.public_jwk).as_pem(private=False)
    assert OB3Verifier(public).verify(old.credential_jwt)


def test_a_key_from_the_environment_takes_the_place_of_the_sealed_one(settings, tmp_path):
    private_key = keys.ec.generate_private_key(keys.ec.SECP256R1())
    encoding, serialization = keys.serialization.Encoding.PEM, keys.serialization
    (tmp_path / "key.pem").write_bytes(private_key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (tmp_path / "certificate.pem").write_bytes(keys._self_signed(private_key).public_bytes(encoding))
    settings.SIGNING_KEY_FILE, settings.SIGNING_CERTIFICATE_FILE = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")

    certificate = issue_certificate(award=AwardFactory())

    assert certificate.signing_key.sealed_private_key == ""
    assert OB3Verifier(private_key.public_key()).verify(certificate.credential_jwt)
    assert bottom_line(stored_pdf(certificate))


def test_signing_the_same_page_twice_covers_the_whole_file_each_time():
    from tests.credits.test_certificate_rendering import rendered

    pdf = rendered()
    signed = [sign_pdf(pdf, key=signing_key(), school="SMRT School") for _ in range(2)]

    assert all(bottom_line(item) for item in signed)
    assert len(signed[0]) - len(pdf) < 9_000
