"""Pictures as people send them, and as nobody should."""

import io
import struct
import zlib

from PIL import Image


def picture(width: int = 400, height: int = 200, kind: str = "PNG", mode: str = "RGB") -> bytes:
    """Return a picture in one colour."""
    out = io.BytesIO()
    Image.new(mode, (width, height), 120).save(out, kind)
    return out.getvalue()


def photograph() -> bytes:
    """Return a JPEG that lies on its side, and says where it was taken and by whom."""
    image = Image.new("RGB", (300, 100), "teal")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x013B] = "Zoe Secret"  # artist
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)  # latitude
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"Zoe Secret")
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a PNG of a few bytes that would become gigabytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
