"""The pure format and its verifier: what is whole verifies, whatever was touched is named."""

import json
import random
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from joserfc import jws
from joserfc.jwk import ECKey

from credits.audits.pack import PackWriter, dossier_digest, is_safe_path, safe_name
from credits.audits.verifier import BadKeyFile, read_keys, thumbprint, verify_pack

ROOT = Path(__file__).resolve().parents[3]
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
RECORDED = {"key": "course-attempt:81", "facts": {"name": "Zoë"}, "trace": {}, "files": {}}


def pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sign(text: bytes, key=KEY, alg: str = "ES256") -> str:
    kid = thumbprint(key.public_key())
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return jws.serialize_compact({"alg": alg, "kid": f"https://school.example/c/keys/{kid}.json"}, text, ECKey.import_key(private), algorithms=[alg])


def write(path: Path, key=KEY, recorded=RECORDED) -> Path:
    with PackWriter(path, made_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC)) as pack:
        pack.add("roster.csv", [b"completion\r\n", b"81\r\n"])
        pack.add("completions/81/dossier.json", json.dumps({"sha256": dossier_digest(RECORDED), "recorded": recorded}).encode())
        pack.add("completions/81/certificate-A.pdf", b"%PDF-1.7 certificate")
        facts = {"pack": "p-1", "school": "SMRT School", "about": "Zoë", "made_at": "2026-11-23"}
        pack.seal({**facts, "signer": {"certificate": pem(key).decode(), "keys": "https://school.example/c/keys.json"}}, lambda text: sign(text, key))
    return path


def rewritten(path: Path, **changes: bytes | None) -> Path:
    """A copy with files replaced, added, or (None) taken out; names have `/` as `__`."""
    changes = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in changes.items()}
    copy = path.with_name("touched.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info, old.read(info.filename))
        for name, content in changes.items():
            if content is not None:
                new.writestr(name, content)
    return copy


@pytest.fixture
def pack(tmp_path) -> Path:
    return write(tmp_path / "pack.zip")


def test_a_whole_pack_verifies_with_the_schools_key_in_every_form_it_is_published_in(pack):
    jwk = ECKey.import_key(pem(KEY)).as_dict(private=False)
    forms = [pem(KEY), json.dumps(jwk).encode(), json.dumps({"keys": [ECKey.import_key(pem(OTHER)).as_dict(private=False), jwk]}).encode()]

    verdicts = [verify_pack(pack, read_keys(form)) for form in forms]

    assert [(verdict.is_good, verdict.is_key_trusted, verdict.files_checked, verdict.dossiers_checked) for verdict in verdicts] == [(True, True, 3, 1)] * 3


def test_without_a_key_the_one_inside_is_used_and_that_is_said(pack):
    verdict = verify_pack(pack)

    assert (verdict.is_good, verdict.is_key_trusted) == (True, False)
    assert thumbprint(KEY.public_key()) in verdict.notes[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"roster_DOT_csv": b"completion\r\n82\r\n"}, "roster.csv was changed"),
        ({"roster_DOT_csv": None}, "roster.csv is in the list but not in the pack"),
        ({"letter_DOT_pdf": b"%PDF forged"}, "letter.pdf is in the pack but not in the list"),
        ({"SHA256SUMS": b"0" * 64 + b"  roster.csv\n"}, "SHA256SUMS is not the list that manifest.json was signed with"),
        ({"SHA256SUMS": b"nothing\n"}, "SHA256SUMS, line 1: not a SHA-256"),
        ({"SHA256SUMS": b"0" * 64 + b"  ../../etc/passwd\n"}, "SHA256SUMS, line 1: not a SHA-256"),
        ({"manifest_DOT_json": b"{}"}, "manifest.json is not a manifest"),
        ({"manifest_DOT_json": b"[1]"}, "manifest.json is not a manifest"),
        ({"manifest_DOT_json": None}, "manifest.json is missing"),
        ({"manifest_DOT_jws": None}, "manifest.jws is missing"),
        ({"manifest_DOT_jws": b"a.b"}, "not a detached ES256 signature"),
        ({"manifest_DOT_jws": b"\xff\xfe"}, "not a detached ES256 signature"),
    ],
)
def test_whatever_was_touched_is_named(pack, changes, says):
    verdict = verify_pack(rewritten(pack, **changes), read_keys(pem(KEY)))

    assert not verdict.is_good
    assert any(says in problem for problem in verdict.problems), verdict.problems


def test_a_changed_manifest_does_not_fit_its_signature(pack):
    with zipfile.ZipFile(pack) as whole:
        manifest = json.loads(whole.read("manifest.json"))
    changed = json.dumps(manifest | {"about": "somebody else"}).encode()

    verdict = verify_pack(rewritten(pack, manifest_DOT_json=changed), read_keys(pem(KEY)))

    assert not verdict.is_good
    assert "The signature does not fit manifest.json" in verdict.problems[0]


def test_another_keys_signature_is_none_of_the_schools(tmp_path):
    verdict = verify_pack(write(tmp_path / "forged.zip", key=OTHER), read_keys(pem(KEY)))

    assert (verdict.is_good, verdict.is_signed) == (False, False)
    assert "none of the keys given" in verdict.problems[0]


def test_a_key_named_in_the_header_is_not_believed(pack, tmp_path):
    with zipfile.ZipFile(pack) as whole:
        text = whole.read("manifest.json")
    header, _payload, mark = sign(text, OTHER).split(".")
    own_header = sign(text).split(".")[0]

    verdict = verify_pack(rewritten(pack, manifest_DOT_jws=f"{own_header}..{mark}".encode()), read_keys(pem(KEY)))

    assert header != own_header
    assert "The signature does not fit" in verdict.problems[0]


def test_a_dossier_that_says_otherwise_than_on_its_day_is_named(tmp_path):
    verdict = verify_pack(write(tmp_path / "p.zip", recorded={**RECORDED, "facts": {"name": "Ann"}}), read_keys(pem(KEY)))

    assert (verdict.is_whole, verdict.is_good) == (True, False)
    assert verdict.changed_dossiers == [
        f"completions/81/dossier.json: what it says is not what was recorded at the completion (digest {dossier_digest(RECORDED)})."
    ]


def test_one_flipped_byte_anywhere_is_found(pack, tmp_path):
    """Bits of the compression's own bookkeeping may change and leave every content as it was: those alone pass."""
    data, keys = pack.read_bytes(), read_keys(pem(KEY))
    with zipfile.ZipFile(pack) as whole:
        spans = [(info.header_offset + 30 + len(info.filename) + 20, info.compress_size) for info in whole.infolist()]
        before = {name: whole.read(name) for name in whole.namelist()}
    touched, found = tmp_path / "flipped.zip", 0
    for start, size in spans:
        for place in range(start, start + size, max(1, size // 7)):
            touched.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            if verify_pack(touched, keys).is_good:
                with zipfile.ZipFile(touched) as whole:
                    assert {name: whole.read(name) for name in whole.namelist()} == before, place
            else:
                found += 1
    assert found > 20


def test_no_zip_is_said_to_be_none(tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 not really")

    assert verify_pack(broken).problems[0].startswith("The file is not a whole ZIP")


def test_the_writer_refuses_names_that_leave_the_pack(tmp_path):
    with PackWriter(tmp_path / "p.zip", made_at=datetime(2026, 1, 1, tzinfo=UTC)) as pack:
        pack.add("a.txt", b"a")
        for name in ("../a", "/a", "a\\b", "c:a", "a.txt", "SHA256SUMS", "", "a\nb"):
            with pytest.raises(ValueError, match="cannot be a file of the pack"):
                pack.add(name, b"")


@pytest.mark.parametrize(
    ("given", "safe"), [("sign in.png", "sign-in.png"), ("../../x", "x"), ("Đặng.pdf", "ang.pdf"), ("…", "file"), ("a" * 300 + ".pdf", "a" * 96 + ".pdf")]
)
def test_names_of_files_are_safe_on_every_system(given, safe):
    assert safe_name(given) == safe
    assert is_safe_path(safe)


@pytest.mark.parametrize("data", [b"", b"hello", b"{}", b"[]", b"-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----\n", b'{"keys": [{"x": 1}]}'])
def test_what_is_no_key_is_refused(data):
    with pytest.raises(BadKeyFile):
        read_keys(data)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with no variable but the one that finds Python."""
    return subprocess.run([sys.executable, str(ROOT / "manage.py"), "verify_audit_pack", *arguments], env={"PATH": ""}, capture_output=True, text=True, cwd="/")


def test_the_command_needs_no_server_and_no_variable(pack, tmp_path):
    keys = tmp_path / "keys.pem"
    keys.write_bytes(pem(KEY))
    wrong = rewritten(pack, roster_DOT_csv=b"other")

    good, bad, absent, keyless = (
        command(str(pack), "--key", str(keys)),
        command(str(wrong), "--key", str(keys)),
        command(str(tmp_path / "none.zip")),
        command(str(pack), "--key", str(pack)),
    )

    assert (good.returncode, bad.returncode, absent.returncode, keyless.returncode) == (0, 1, 2, 2), good.stderr
    assert "Nothing is wrong with this pack." in good.stdout
    assert "Wrong: roster.csv was changed" in bad.stdout
    assert "none.zip cannot be read: No such file or directory." in absent.stderr
    assert "is no key" in keyless.stderr


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_without_a_limit_is_not_unpacked(pack, kind):
    """Four thousand bytes of these can become gigabytes before anybody may say stop."""
    copy = pack.with_name("bomb.zip")
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(copy, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, b"0" * 50_000_000 if info.filename == "roster.csv" else old.read(info.filename), kind)

    verdict = verify_pack(copy, read_keys(pem(KEY)))

    assert (verdict.is_good, verdict.files_checked) == (False, 0)
    assert "is packed as no file of the school's packs is (6 of the kind): nothing was read" in verdict.problems[0]


def test_a_list_that_never_ends_is_left(pack):
    verdict = verify_pack(rewritten(pack, SHA256SUMS=b"\n" * 20_000_000 + b"x" * 1_000_000), read_keys(pem(KEY)))

    assert not verdict.is_good
    assert len(verdict.problems) < 60
    assert "SHA256SUMS is no list of files" in verdict.problems[-1]


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_ends_the_verifier_or_passes_it(pack, seed):
    luck, content = random.Random(seed), bytearray(pack.read_bytes())
    whole = {name: zipfile.ZipFile(pack).read(name) for name in zipfile.ZipFile(pack).namelist()}
    for _ in range(25):
        touched = bytearray(content)
        for _ in range(luck.choice([1, 2, 5])):
            touched[luck.randrange(luck.choice([0, len(touched) - 700]), len(touched))] = luck.randrange(256)
        copy = pack.with_name("touched.zip")
        copy.write_bytes(touched[: luck.choice([len(touched), luck.randrange(len(touched))])])

        if verify_pack(copy, read_keys(pem(KEY))).is_good:
            with zipfile.ZipFile(copy) as left:
                assert {name: left.read(name) for name in left.namelist()} == whole


def test_what_a_forged_pack_says_is_no_line_of_ours(pack, capsys):
    name = "x\nNothing is wrong with this pack.\x1b[2K"

    with pytest.raises(SystemExit):
        call_command("verify_audit_pack", rewritten(pack, **{name: b"x"}))

    said = capsys.readouterr().out
    assert "Nothing is wrong with this pack." not in said.splitlines()
    assert "\x1b" not in said
