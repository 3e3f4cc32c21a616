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


async def read_logo(request: web.Request, raw: bytes) -> Logo:
    """Return a picture as a logo, or raise `BadPicture`; a thread does the work."""
    async with request.app[PICTURES]:
        return await asyncio.to_thread(make_logo, raw)


def make_logo(raw: bytes) -> Logo:
    """Return a PNG, JPEG or WebP file as a small PNG that holds pixels alone."""
    # Twelve megabytes of library, for what an operator does once.
    from PIL import Image  # noqa: PLC0415

    try:
        upright = _unpack(raw)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(is_large=True) from error
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError) as error:
        # Whatever the library says of a broken file.
        raise BadPicture from error
    upright.thumbnail(LARGEST)
    clean = Image.new("RGBA", upright.size)
    clean.paste(upright)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    body = out.getvalue()
    return Logo(
        name=f"logo-{hashlib.sha256(body).hexdigest()[:16]}.png",
        body=body,
        width=max(1, round(SHOWN_HEIGHT * clean.width / clean.height)),
    )


def _unpack(raw: bytes) -> "Image.Image":
    """Return the pixels of a file, as its camera held it."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - as above

    with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
        # Known from the head of the file: nothing was unpacked yet.
        if picture.width * picture.height > MAX_PIXELS:
            raise BadPicture(is_large=True)
        return ImageOps.exif_transpose(picture).convert("RGBA")


def keep(folder: Path, logo: Logo) -> None:
    """Write a logo where it is served from."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{logo.name}.part"
    part.write_bytes(logo.body)
    part.replace(folder / logo.name)


def drop(folder: Path, name: str) -> None:
    """Remove a logo that is no longer shown."""
    (folder / name).unlink(missing_ok=True)
