"""Take the pictures of the manual anew: `make screenshots`."""

import asyncio
import heapq
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from dosfed.accounts.site import Site, save_site  # noqa: E402 - found by the line above
from dosfed.storage.migrate import migrate  # noqa: E402
from dosfed.web.site import SITE  # noqa: E402
from tests.browser.chromium import (  # noqa: E402
    DESKTOP,
    Scheme,
    find_chromium,
    launched,
    open_window,
)
from tests.browser.life import Filled, fill  # noqa: E402
from tests.browser.town import Town, found_town  # noqa: E402
from tests.conftest import START, GivenClock  # noqa: E402

IMAGES = ROOT / "docs" / "images"
COLOURS = 256  # enough for flat pages, and a third of the size
TELEPHONE = (390, 844)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page as somebody sees it; `height` is how much of it is taken."""

    name: str
    page: str
    height: int
    who: str = ""
    language: str = "fr"
    scheme: Scheme = "light"
    size: tuple[int, int] = DESKTOP
    part: str = ""  # what the window is scrolled to


PICTURES = (
    Picture(name="home", page="/", height=720),
    Picture(name="consultation", page="/c/quais", height=1000),
    Picture(name="proposal", page="{droite}", height=1180, who="bruno"),
    Picture(name="debate", page="{droite}", height=900, who="bruno", part="#debate"),
    Picture(name="versions", page="{droite}/versions/2", height=760),
    Picture(
        name="telephone",
        page="{droite}",
        height=844,
        who="bruno",
        scheme="dark",
        size=TELEPHONE,
        part="#poll",
    ),
    Picture(name="reports", page="/admin/reports", height=760, who="oscar", language="en"),
    Picture(name="desk", page="{draft}/calendar", height=900, who="oscar"),
    Picture(name="data", page="/c/quais/data", height=900, language="es"),
)


async def take(chromium: Browser, town: Town, filled: Filled, picture: Picture) -> None:
    """Take one picture."""
    size = (picture.size[0], picture.height)
    window = await open_window(
        chromium, town.base_url, language=picture.language, scheme=picture.scheme, size=size
    )
    if picture.who:
        jar = filled.people[picture.who].http.cookie_jar
        cookies = [{"name": one.key, "value": one.value, "url": town.base_url} for one in jar]
        await window.page.context.add_cookies(cookies)
    await window.open(picture.page.format(**filled.paths))
    if picture.part:
        await window.page.locator(picture.part).evaluate("part => part.scrollIntoView()")
    image = Image.open(io.BytesIO(await window.page.screenshot()))
    place = IMAGES / f"{picture.name}.png"
    with_fewer_colours(image.convert("RGB")).save(place, optimize=True)
    await window.page.context.close()


def with_fewer_colours(image: Image.Image) -> Image.Image:
    """Return a picture in the colours that it has most of, which stay exactly as they are."""
    counts = image.getcolors(image.width * image.height) or []
    most = heapq.nlargest(COLOURS, counts)
    palette = Image.new("P", (1, 1))
    # A pixel of an RGB picture is always a tuple, which the library's types do not say.
    palette.putpalette([part for _, rgb in most if isinstance(rgb, tuple) for part in rgb])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


async def _name(town: Town) -> None:
    site = Site(name="Sauveterre délibère")
    async with town.site.database.write() as connection:
        await save_site(connection, site)
    town.site.app[SITE].change(site)
    town.site.forget()


async def take_all(path: str) -> None:
    """Fill a town, and take all pictures."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.sqlite3"
        await migrate(f"sqlite+aiosqlite:///{template}")
        place = Path(folder) / "town"
        place.mkdir()
        async with (
            found_town(
                place, str(template), GivenClock(START), host="sauveterre.localhost", port=8000
            ) as town,
            launched(path) as chromium,
        ):
            filled = await fill(town)
            await _name(town)
            for picture in PICTURES:
                await take(chromium, town, filled, picture)


def main() -> None:
    """Take the pictures, or say what is missing."""
    path = find_chromium()
    if path is None:
        sys.exit("make screenshots: chromium is not installed: apt install chromium")
    asyncio.run(take_all(path))


if __name__ == "__main__":
    main()
