"""Files as people send them, and as somebody would who means harm."""

import io
import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog /OpenAction 3 0 R>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"


def pdf(name="certificate.pdf", body=b""):
    return SimpleUploadedFile(name, PDF.replace(b"trailer", body + b"\ntrailer"), "application/pdf")


def picture(name="photo.jpg", *, kind="JPEG", size=(640, 480), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, 200 if mode == "L" else (200, 180, 160, 90)[: len(mode)]).save(out, kind, **options)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def huge_png(width, height):
    """A few hundred bytes that say they are a picture of that size."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SimpleUploadedFile("huge.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))


def object_stream(content):
    packed = zlib.compress(content)
    return b"5 0 obj <</Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d>> stream\n%s\nendstream endobj" % (len(packed), packed)
