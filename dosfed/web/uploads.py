"""Pictures that somebody sends: judged by their content, written anew without what they carried."""

import asyncio
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 8_000_000
SHOWN_HEIGHT = 36  # of the logo, in the head of each page
LARGEST = (720, 144)  # sharp on dense screens
LARGEST_PICTURE = (1_600, 800)
QUALITY = 78
# A picture takes four bytes for each of its pixels while it is made smaller: one at a time.
PICTURES = web.AppKey("pictures", asyncio.Semaphore)


class BadPicture(Exception):
    """A file is no picture that may be shown; `is_large` if it only has too many pixels."""

    def __init__(self, *, is_large: bool = False) -> None:
        super().__init__("too large" if is_large else "not a picture")
        self.is_large = is_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A logo as it is served; `width` where it is shown `SHOWN_HEIGHT` high."""

    name: str
    body: bytes
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as it is served, with its size."""

    name: str
    body: bytes
    width: int
    height: int


async def read_logo(request: web.Request, raw: bytes) -> Logo:
    """Return a picture as a logo, or raise `BadPicture`; a thread does the work."""
    async with request.app[PICTURES]:
        return await asyncio.to_thread(make_logo, raw)


async def read_picture(request: web.Request, raw: bytes) -> Picture:
    """Return a picture for the width of a page, or raise `BadPicture`; a thread does the work."""
    async with request.app[PICTURES]:
        return await asyncio.to_thread(make_picture, raw)


def make_picture(raw: bytes) -> Picture:
    """Return a PNG, JPEG or WebP file as a WebP that holds pixels alone."""
    clean = _clean(raw, LARGEST_PICTURE)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=QUALITY, method=4)
    body = out.getvalue()
    return Picture(
        name=f"home-{hashlib.sha256(body).hexdigest()[:16]}.webp",
        body=body,
        width=clean.width,
        height=clean.height,
    )


def make_logo(raw: bytes) -> Logo:
    """Return a PNG, JPEG or WebP file as a small PNG that holds pixels alone."""
    clean = _clean(raw, LARGEST)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    body = out.getvalue()
    return Logo(
        name=f"logo-{hashlib.sha256(body).hexdigest()[:16]}.png",
        body=body,
        width=max(1, round(SHOWN_HEIGHT * clean.width / clean.height)),
    )


def _clean(raw: bytes, largest: tuple[int, int]) -> "Image.Image":
    """Return the pixels of a file in a size that is served, or raise `BadPicture`."""
    # Twelve megabytes of library, for what an operator does once.
    from PIL import Image  # noqa: PLC0415

    try:
        upright = _unpack(raw)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(is_large=True) from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError) as error:
        # Whatever the library says of a broken file.
        raise BadPicture from error
    upright.thumbnail(largest)
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    return clean


def _unpack(raw: bytes) -> "Image.Image":
    """Return the pixels of a file, as its camera held it."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
        # Known from the head of the file: nothing was unpacked yet.
        if picture.width * picture.height > MAX_PIXELS:
            raise BadPicture(is_large=True)
        return ImageOps.exif_transpose(picture).convert("RGBA")


def keep(folder: Path, logo: Logo | Picture) -> None:
    """Write a picture where it is served from."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{logo.name}.part"
    part.write_bytes(logo.body)
    part.replace(folder / logo.name)


def drop(folder: Path, name: str) -> None:
    """Remove a picture that is no longer shown."""
    (folder / name).unlink(missing_ok=True)
