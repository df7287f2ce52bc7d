"""Storage both ways, and small clips to feed the pipeline."""

import pytest
from django.core.files.storage import default_storage

from streaming.stores import store


@pytest.fixture(params=["folder", "bucket"])
def video_store(request, settings, tmp_path):
    """The store under the default storage: a folder, then a bucket of a real S3 server."""
    if request.param == "folder":
        options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "stored"}}
        settings.STORAGES = {**settings.STORAGES, "default": options}
        yield store()
        return
    server, bucket = request.getfixturevalue("s3_server"), request.getfixturevalue("s3_bucket")
    options = {
        "bucket_name": bucket,
        "endpoint_url": server.endpoint,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
        "region_name": "us-east-1",
        "addressing_style": "path",
        "signature_version": "s3v4",
        "file_overwrite": False,
    }
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}}
    yield store()
    default_storage.connection.meta.client.close()
