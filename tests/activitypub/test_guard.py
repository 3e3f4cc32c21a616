"""Where the server may reach out to, address by address."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosfed.activitypub.guard import AddressRefused, Forbidden, Policy, is_public

OPEN = Policy(own_host="delib.example", allow_private=False)
DEVELOPMENT = Policy(own_host="fr.localhost:8001", allow_private=True)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101"]
)
def test_public_addresses_are_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::f5ff:fffe",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "localhost",
        "",
        "127.1",
        "2130706433",
    ],
)
def test_private_reserved_and_wrapped_addresses_are_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_as_open_as_itself(address: object) -> None:
    for disguise in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        assert is_public(disguise) == is_public(str(address))


def test_no_socket_is_made_for_a_private_address() -> None:
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::ffff:10.0.0.1")):
        with pytest.raises(AddressRefused):
            OPEN.open_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))


def test_in_development_a_socket_is_made() -> None:
    address = ("127.0.0.1", 80)
    DEVELOPMENT.open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", address)).close()


@pytest.mark.parametrize(
    "url",
    [
        "http://masto.example/",
        "https://masto.example:8443/",
        "https://masto.example:22/",
        "https://delib.example/actor",
        "https://DELIB.example/actor",
        "https://delib.example:443/actor",
        "https://delib.example./actor",
        "https://masto.example./",
        "https://ana:secret@masto.example/",
        "https:///path",
        "https://",
        "//masto.example/",
        "/path",
        "",
        "ftp://masto.example/",
        "file:///etc/passwd",
        "gopher://masto.example/",
        "acct:ana@masto.example",
        "https://masto.example/a b",
        "https://masto.example/\r\nX: y",
        "https://masto.example/\x00",
        "https://masto.example\t/",
        "https://másto.example/",
        "https://[::1",
        "https://masto.example:99999/",
        "https://masto.example/" + "x" * 3000,
    ],
)
def test_urls_that_lead_elsewhere_are_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        OPEN.target(url)


@given(st.text())
def test_no_url_whatsoever_leads_to_anything_but_a_clean_refusal(url: str) -> None:
    with pytest.raises(Forbidden):
        OPEN.target(url)


def test_a_target_is_what_goes_over_the_wire() -> None:
    target = OPEN.target("https://Masto.example:443/users/ana?page=1#main-key")
    assert target.origin == "https://masto.example"
    assert target.host == "masto.example"
    assert target.path_qs == "/users/ana?page=1"


def test_in_development_http_and_ports_are_open_but_the_server_itself_is_not() -> None:
    assert DEVELOPMENT.target("http://ar.localhost:8002/inbox").host == "ar.localhost:8002"
    with pytest.raises(Forbidden):
        DEVELOPMENT.target("http://fr.localhost:8001/inbox")
