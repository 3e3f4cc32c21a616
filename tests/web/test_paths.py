"""Ways back lead to this instance, whatever a link or a form says."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dosfed.web.paths import local, short_name, with_notice

BASE = "https://delib.example/sign-in"
TRICKS = st.text(alphabet="/\\:@?#.%\t\n\r abchttps\u2044\u3002\x00") | st.text()


@given(TRICKS)
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("\\\\evil.example")
@example("javascript:alert(1)")
@example("https://evil.example")
@example("/ /evil.example")
def test_a_way_back_stays_here(text: str) -> None:
    # What browsers drop or take for a slash (WHATWG URL, 4.4) is dropped or taken first.
    way = local(text)
    seen = way.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "").strip()
    parts = urlsplit(urljoin(BASE, seen))
    assert (parts.scheme, parts.netloc) == ("https", "delib.example")
    assert way.isascii()
    assert way.isprintable()


@pytest.mark.parametrize("path", ["/", "/c/quais?page=2", "/p/abc#poll", "/c/quais@ar.example"])
def test_a_path_of_ours_is_kept(path: str) -> None:
    assert local(path) == path


@pytest.mark.parametrize(
    ("path", "noticed"),
    [
        ("/", "/?notice=x"),
        ("/p/a?page=2", "/p/a?page=2&notice=x"),
        ("/p/a#poll", "/p/a?notice=x#poll"),
        ("/p/a?b=1#c", "/p/a?b=1&notice=x#c"),
    ],
)
def test_a_notice_joins_what_is_asked_for(path: str, noticed: str) -> None:
    assert with_notice(path, "x") == noticed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("@ana@ville.example", "@ana"),
        ("@ana@masto.example", "@ana@masto.example"),
        ("@ana@other.ville.example", "@ana@other.ville.example"),
        ("Ana", "Ana"),
        ("lea@ville.example", "lea@ville.example"),
    ],
)
def test_who_is_at_home_needs_no_host(name: str, shown: str) -> None:
    assert short_name(name, "ville.example") == shown
