"""Who may read video in the bucket without a key: nginx, by where it stands, and nobody else.

A statement of ours in the bucket's policy, beside whatever others are there. It names `video/*` alone, so originals and
certificates stay closed, and gives no listing.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

SID = "SmrtVideoForNginx"


def statement(bucket: str, readers: list[str]) -> list[dict[str, Any]]:
    """One for addresses, one for VPC endpoints, as far as there are any."""
    kinds = [
        ("Addresses", "IpAddress", "aws:SourceIp", [reader for reader in readers if not reader.startswith("vpce-")]),
        ("Endpoints", "StringEquals", "aws:SourceVpce", [reader for reader in readers if reader.startswith("vpce-")]),
    ]
    common = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/video/*"}
    return [{"Sid": SID + name, **common, "Condition": {test: {fact: named}}} for name, test, fact, named in kinds if named]


def admit(*, client: Any, bucket: str, readers: list[str]) -> None:
    """Bring the bucket's policy in line with `readers`. Other statements stay; a second call leaves the same policy.

    A bucket that is not there yet is made: on a new host nothing has been stored when nginx is set up.
    """
    policy = _policy(client, bucket)
    others = [each for each in policy["Statement"] if not str(each.get("Sid", "")).startswith(SID)]
    if wanted := [*others, *statement(bucket, readers)]:
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({**policy, "Statement": wanted}))
    elif policy["Statement"]:
        client.delete_bucket_policy(Bucket=bucket)


def _policy(client: Any, bucket: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchBucket":
            client.create_bucket(Bucket=bucket)
        elif code != "NoSuchBucketPolicy":
            raise
        return {"Version": "2012-10-17", "Statement": []}
    return found
