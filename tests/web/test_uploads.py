"""Pictures that somebody sends: judged by content, written anew."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dosfed.web.uploads import LARGEST, BadPicture, drop, keep, make_logo
from tests.web.pictures import bomb, photograph, picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_becomes_a_small_png(kind: str) -> None:
    logo = make_logo(picture(2_000, 1_000, kind))

    with Image.open(io.BytesIO(logo.body)) as made:
        assert made.format == "PNG"
        assert made.size == (288, 144)
    assert logo.width == 72
    assert logo.name.startswith("logo-")
    assert logo.name.endswith(".png")


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "I;16", "1"])
def test_pictures_in_every_mode_are_taken(mode: str) -> None:
    assert make_logo(picture(50, 50, mode=mode)).width == 36


def test_what_a_camera_wrote_into_a_picture_is_gone() -> None:
    raw = photograph()
    assert b"Zoe Secret" in raw

    logo = make_logo(raw)

    assert b"Zoe Secret" not in logo.body
    with Image.open(io.BytesIO(logo.body)) as made:
        assert not made.getexif()
        assert not made.info
        assert made.height > made.width  # it stands upright now


def test_the_same_picture_has_the_same_name() -> None:
    assert make_logo(picture()).name == make_logo(picture()).name
    assert make_logo(picture()).name != make_logo(picture(width=300)).name


def test_a_picture_of_extreme_shape_is_still_one() -> None:
    assert make_logo(picture(2, 6_000)).width >= 1
    wide = make_logo(picture(6_000, 2))
    with Image.open(io.BytesIO(wide.body)) as made:
        assert made.width <= LARGEST[0]


def test_a_bomb_is_refused_by_its_head() -> None:
    with pytest.raises(BadPicture) as refused:
        make_logo(bomb())

    assert refused.value.is_large


def test_too_many_pixels_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(BadPicture) as refused:
        make_logo(bomb(4_000, 3_000))

    assert refused.value.is_large


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (10, 10)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        picture()[:60],
        picture(kind="JPEG")[:200],
        _gif(),
        bomb(200, 200),
    ],
)
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(BadPicture):
        make_logo(raw)


@given(st.integers(0, 500), st.binary(min_size=1, max_size=8))
def test_a_broken_picture_is_read_or_refused(at: int, noise: bytes) -> None:
    raw = picture(20, 20)
    try:
        make_logo(raw[:at] + noise + raw[at + len(noise) :])
    except BadPicture:
        return


def test_a_logo_is_kept_and_dropped(tmp_path: Path) -> None:
    logo, folder = make_logo(picture()), tmp_path / "media"

    keep(folder, logo)
    kept = [path.name for path in folder.iterdir()]
    drop(folder, logo.name)
    drop(folder, logo.name)

    assert kept == [logo.name]
    assert list(folder.iterdir()) == []
