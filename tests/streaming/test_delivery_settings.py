"""What is said about a delivery that cannot work, and what nginx is given."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from streaming.checks import video_delivery_is_whole
from streaming.delivery import bucket_policy
from streaming.delivery.nginx import http_conf, server_conf
from streaming.delivery.passes import keys


def said(settings, **changes) -> list[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    return [message.id for message in video_delivery_is_whole(None)]


@pytest.fixture
def whole(settings, cloudfront_key) -> dict:
    bucket = {"S3_BUCKET": "films", "S3_ENDPOINT_URL": None, "SITE_URL": "https://school.example", "HTTPS": True}
    return {**bucket, "VIDEO_CLOUDFRONT_KEY_ID": "K1", "VIDEO_CLOUDFRONT_KEY_FILE": str(cloudfront_key[0]), "VIDEO_BUCKET_READERS": ["10.0.0.0/8"]}


@pytest.mark.parametrize("way", ["app", "nginx", "cloudfront", "s3"])
def test_each_way_is_well_when_it_has_what_it_needs(settings, whole, way):
    assert said(settings, **whole, VIDEO_DELIVERY=way) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"VIDEO_DELIVERY": "carrier-pigeon"}, ["streaming.E001"]),
        ({"VIDEO_DELIVERY": "s3", "S3_BUCKET": ""}, ["streaming.E002"]),
        ({"VIDEO_DELIVERY": "cloudfront", "S3_BUCKET": ""}, ["streaming.E002"]),
        ({"VIDEO_DELIVERY": "cloudfront", "HTTPS": False}, ["streaming.E003"]),
        ({"VIDEO_DELIVERY": "cloudfront", "VIDEO_CLOUDFRONT_KEY_ID": ""}, ["streaming.E004"]),
        ({"VIDEO_DELIVERY": "cloudfront", "VIDEO_CLOUDFRONT_KEY_FILE": "/nowhere/key.pem"}, ["streaming.E005"]),
        ({"VIDEO_DELIVERY": "nginx", "VIDEO_BUCKET_READERS": []}, ["streaming.W001"]),
        ({"VIDEO_DELIVERY": "s3", "S3_ENDPOINT_URL": "http://minio:9000", "S3_BROWSER_URL": None}, ["streaming.W002"]),
        ({"VIDEO_DELIVERY": "s3", "S3_ENDPOINT_URL": "http://minio:9000", "S3_BROWSER_URL": "https://films.example"}, []),
        ({"VIDEO_DELIVERY": "nginx", "VIDEO_BUCKET_READERS": [], "S3_BUCKET": ""}, []),
        ({"VIDEO_DELIVERY": "nginx", "VIDEO_BUCKET_READERS": ["10.0.0.0/8", "0.0.0.0/0"]}, ["streaming.E007"]),
        ({"VIDEO_DELIVERY": "nginx", "VIDEO_BUCKET_READERS": ["::/0"]}, ["streaming.E007"]),
    ],
)
def test_what_does_not_fit_together_is_named(settings, whole, changes, expected):
    assert said(settings, **{**whole, **changes}) == expected


def test_a_key_that_cloudfront_does_not_take_is_named(settings, whole, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "other.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    (tmp_path / "no.pem").write_text("no key")

    for file in ("other.pem", "no.pem"):
        assert said(settings, **{**whole, "VIDEO_CLOUDFRONT_KEY_FILE": str(tmp_path / file)}, VIDEO_DELIVERY="cloudfront") == ["streaming.E006"]


def test_nginx_knows_the_key_and_those_being_rotated_out_and_never_an_empty_one(settings):
    settings.VIDEO_DELIVERY, settings.S3_BUCKET = "nginx", ""
    settings.SECRET_KEY_FALLBACKS = ["the-key-before-this-one-0123456789-0123456789"]
    current, former = keys()

    text = http_conf(cache="/cache", cache_size="1g")

    assert f'default "{current.secret}";' in text
    assert f'{former.name} "{former.secret}";' in text
    assert '""' not in text
    assert settings.SECRET_KEY not in text


def test_amazons_bucket_is_asked_over_tls_by_its_own_name(settings):
    settings.VIDEO_DELIVERY, settings.S3_BUCKET, settings.S3_ENDPOINT_URL, settings.S3_REGION = "nginx", "films", None, "eu-west-1"

    text = server_conf(media="")

    assert "proxy_pass https://video_bucket/video/$video_file;" in text
    assert "proxy_ssl_verify on;" in text
    assert "proxy_set_header Host films.s3.eu-west-1.amazonaws.com;" in text
    assert "server films.s3.eu-west-1.amazonaws.com:443 resolve;" in http_conf(cache="/cache", cache_size="1g")


def test_nothing_is_given_to_nginx_when_it_does_not_deliver(settings):
    settings.VIDEO_DELIVERY = "app"

    assert [line for text in (http_conf(cache="", cache_size=""), server_conf(media="")) for line in text.splitlines() if line[0] != "#"] == []


def test_readers_of_the_bucket_are_admitted_once_beside_the_statements_of_others(s3_server, s3_bucket):
    client = s3_server.client()
    theirs = {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": f"arn:aws:s3:::{s3_bucket}"}
    client.put_bucket_policy(Bucket=s3_bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))

    def sids_after(readers):
        bucket_policy.admit(client=client, bucket=s3_bucket, readers=readers)
        return [statement["Sid"] for statement in json.loads(client.get_bucket_policy(Bucket=s3_bucket)["Policy"])["Statement"]]

    ours = ["SmrtVideoForNginxAddresses", "SmrtVideoForNginxEndpoints"]
    assert [sids_after(readers) for readers in (["10.1.2.0/24", "vpce-1"], ["10.1.2.0/24", "vpce-1"], [])] == [["Theirs", *ours], ["Theirs", *ours], ["Theirs"]]
    client.close()
