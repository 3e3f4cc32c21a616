"""Actors are found by handle or address, and people sent to their own server, never elsewhere."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from dosfed.activitypub.actors import ensure_instance_actor
from dosfed.activitypub.client import Client
from dosfed.activitypub.discovery import (
    NotFound,
    fill_template,
    find_person,
    look_up,
    subscribe_template,
)
from dosfed.activitypub.handles import read_handle
from dosfed.activitypub.keys import KeyRing
from dosfed.instance import Instance
from dosfed.settings import Settings, read_settings
from dosfed.storage.engine import Database
from tests.conftest import START, GivenClock
from tests.simulated.fediverse import Fediverse, fediverse
from tests.simulated.mastodon import Text

BASE_URL = "http://delib.localhost:1"
AP = "application/activity+json"
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
OBJECT = "https://w3id.org/fep/3b86/Object"


@pytest.fixture
async def world() -> AsyncIterator[Fediverse]:
    async with fediverse(lambda: START) as world:
        yield world


def settings_at(base_url: str, *, private: str) -> Settings:
    return read_settings({"DOSFED_BASE_URL": base_url, "DOSFED_ALLOW_PRIVATE_NETWORK": private})


@pytest.fixture
async def client(database: Database, clock: GivenClock) -> AsyncIterator[Client]:
    instance = Instance(base_url=BASE_URL)
    async with database.write() as connection:
        await ensure_instance_actor(connection, instance, START)
    settings = settings_at(BASE_URL, private="1")
    async with Client(settings, instance, clock, KeyRing(database)) as client:
        yield client


class Host:
    """A server of which a test says every WebFinger answer; `at` is its host with port."""

    def __init__(self) -> None:
        self.at = ""
        self.answers: dict[str, bytes | str | dict[str, Any]] = {}

    @property
    def origin(self) -> str:
        return f"http://{self.at}"

    def says(self, handle: str, subject: str | None, *links: dict[str, Any]) -> None:
        document: dict[str, Any] = {"links": list(links)}
        self.answers[handle] = document if subject is None else document | {"subject": subject}

    async def answer(self, request: web.Request) -> web.Response:
        resource = request.query.get("resource", "")
        match self.answers.get(resource.removeprefix("acct:")):
            case dict() as document:
                return web.json_response(document, content_type="application/jrd+json")
            case str() as location:
                raise web.HTTPFound(location)
            case bytes() as body:
                return web.Response(body=body)
            case None:
                return web.Response(status=404)


@pytest.fixture
async def host(aiohttp_server: AiohttpServer) -> Host:
    host = Host()
    app = web.Application()
    app.router.add_get("/.well-known/webfinger", host.answer)
    server = await aiohttp_server(app)
    host.at = f"here.localhost:{server.port}"
    return host


def self_link(uri: str) -> dict[str, Any]:
    return {"rel": "self", "type": AP, "href": uri}


@pytest.mark.parametrize(
    "text",
    [
        "@ana@masto.example",
        "ana@masto.example",
        "acct:ana@masto.example",
        "acct:@ana@masto.example",
        "!ana@masto.example",
        " @Ana@MASTO.example ",
    ],
)
def test_a_handle_is_read_however_it_is_written(text: str) -> None:
    handle = read_handle(text)
    assert handle is not None
    assert str(handle) == "acct:ana@masto.example"


def test_a_handle_on_an_international_host_is_asked_for_in_punycode() -> None:
    assert str(read_handle("@ana@bücher.example")) == "acct:ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@ana",
        "ana@",
        "@@masto.example",
        "a b@masto.example",
        "ana@masto.example/x",
        "ana@masto.example?x",
        "ana@mas to",
        "ana@user@masto.example",
        "ana@..",
        "ana@masto.example:port",
        "@ana@" + "é" * 70 + ".example",
    ],
)
def test_what_is_no_handle_is_not_taken_for_one(text: str) -> None:
    assert read_handle(text) is None


async def test_a_handle_leads_to_its_actor(client: Client, world: Fediverse) -> None:
    ana = world.server("masto").actor("ana")
    assert await look_up(client, ana.handle) == ana.id


async def test_an_address_leads_to_its_actor(client: Client, world: Fediverse) -> None:
    ana = world.server("masto").actor("ana")
    assert await look_up(client, ana.id) == ana.id


async def test_a_post_is_not_an_actor(client: Client, world: Fediverse) -> None:
    ana = world.server("masto").actor("ana")
    post = ana.post(Text(html="<p>Hello</p>"))["object"]["id"]
    with pytest.raises(NotFound, match="not an actor"):
        await look_up(client, post)


async def test_who_is_unknown_is_not_found(client: Client, world: Fediverse) -> None:
    world.server("masto")
    with pytest.raises(NotFound, match="404"):
        await look_up(client, f"@nobody@masto.localhost:{world.port}")
    with pytest.raises(NotFound, match="expected"):
        await look_up(client, "nobody")


async def test_our_own_host_is_not_asked(client: Client) -> None:
    with pytest.raises(NotFound):
        await look_up(client, "@mairie@delib.localhost:1")


@pytest.mark.parametrize(
    "handle",
    ["@ana@127.0.0.1", "@ana@127.0.0.1:80", "@ana@localhost", "@ana@[::1]", "@ana@10.0.0.1"],
)
async def test_no_handle_leads_inside_our_own_network(
    database: Database, clock: GivenClock, handle: str
) -> None:
    instance = Instance(base_url="https://delib.example")
    settings = settings_at("https://delib.example", private="0")
    async with Client(settings, instance, clock, KeyRing(database)) as client:
        with pytest.raises(NotFound):
            await look_up(client, handle)
        with pytest.raises(NotFound):
            await subscribe_template(client, handle)


async def test_another_host_may_speak_for_a_handle_if_it_confirms_it(
    client: Client, host: Host, world: Fediverse
) -> None:
    ana = world.server("masto").actor("ana")
    subject = f"acct:ana@masto.localhost:{world.port}"
    host.says(f"ana@{host.at}", subject, self_link(ana.id))

    assert await look_up(client, f"ana@{host.at}") == ana.id


async def test_a_host_cannot_speak_for_the_people_of_another(
    client: Client, host: Host, world: Fediverse
) -> None:
    world.server("masto").actor("ana")
    subject = f"acct:ana@masto.localhost:{world.port}"
    host.says(f"ana@{host.at}", subject, self_link(f"{host.origin}/users/evil"))

    with pytest.raises(NotFound, match="confirm"):
        await look_up(client, f"ana@{host.at}")


@pytest.mark.parametrize(
    "links",
    [
        [],
        ["https://masto.example"],
        [{"rel": "self", "type": "text/html", "href": "http://x.example/"}],
        [{"rel": "self", "type": AP, "href": "javascript:alert(1)"}],
        [{"rel": "self", "type": AP}],
        [{"rel": "self", "type": "application/ld+json", "href": "http://x.example/"}],
    ],
)
async def test_a_handle_without_an_actor_is_not_found(
    client: Client, host: Host, links: list[Any]
) -> None:
    host.says(f"ana@{host.at}", None, *links)
    with pytest.raises(NotFound, match="names no"):
        await look_up(client, f"ana@{host.at}")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"links": NaN}', b"{" * 9_999])
async def test_what_is_no_jrd_is_not_found(client: Client, host: Host, body: bytes) -> None:
    host.answers[f"ana@{host.at}"] = body
    with pytest.raises(NotFound):
        await look_up(client, f"ana@{host.at}")
    with pytest.raises(NotFound):
        await subscribe_template(client, f"ana@{host.at}")


async def test_an_endless_jrd_is_cut_off(client: Client, host: Host) -> None:
    host.answers[f"ana@{host.at}"] = b" " * 200_000 + b"{}"
    with pytest.raises(NotFound, match="large"):
        await look_up(client, f"ana@{host.at}")


async def test_a_person_is_sent_where_their_server_says(client: Client, world: Fediverse) -> None:
    ana = world.server("masto").actor("ana")
    template = await subscribe_template(client, ana.handle)

    assert template == f"{ana.origin}/authorize_interaction?uri={{uri}}"
    assert fill_template(template, "https://delib.example/p/1?a=b&c") == (
        f"{ana.origin}/authorize_interaction?uri=https%3A%2F%2Fdelib.example%2Fp%2F1%3Fa%3Db%26c"
    )


async def test_the_newer_intent_goes_before_the_older_template(client: Client, host: Host) -> None:
    host.says(
        f"ana@{host.at}",
        None,
        {"rel": SUBSCRIBE, "template": f"{host.origin}/old?uri={{uri}}"},
        {"rel": OBJECT, "template": f"{host.origin}/new?u={{object}}&after={{on-success}}"},
    )
    template = await subscribe_template(client, f"@ana@{host.at}")
    assert template == f"{host.origin}/new?u={{uri}}&after="


@pytest.mark.parametrize(
    "claimed",
    [
        "https://evil.example/?uri={uri}",
        "//evil.example/?uri={uri}",
        "javascript:alert(1)//{uri}",
        "{uri}",
        "http://ORIGIN.evil.example/?uri={uri}",
        "http://ORIGIN@evil.example/?uri={uri}",
        "http://{uri}/",
        "ORIGIN-without-slash{uri}",
        "ORIGIN/no-placeholder",
        "ORIGIN/?uri={uri}\n",
        "ORIGIN/?uri={uri}" + "x" * 3_000,
        42,
        None,
    ],
)
async def test_a_template_that_leads_elsewhere_is_not_believed(
    client: Client, host: Host, claimed: Any
) -> None:
    if isinstance(claimed, str):
        claimed = claimed.replace("http://ORIGIN", host.origin).replace("ORIGIN", host.origin)
    host.says(f"ana@{host.at}", None, {"rel": SUBSCRIBE, "template": claimed})

    assert await subscribe_template(client, f"ana@{host.at}") is None


@pytest.mark.parametrize("handle", ["", "ana", "@ana", "https://masto.example/@ana"])
async def test_what_is_no_handle_has_no_server(client: Client, handle: str) -> None:
    with pytest.raises(NotFound):
        await subscribe_template(client, handle)


async def test_no_place_is_guessed_where_a_server_names_none(
    client: Client, world: Fediverse
) -> None:
    ana = world.server("gts", software="gotosocial").actor("ana")
    assert await look_up(client, ana.handle) == ana.id
    assert await subscribe_template(client, ana.handle) is None


async def test_the_server_that_a_handle_is_redirected_to_may_give_the_template(
    client: Client, host: Host, world: Fediverse
) -> None:
    ana = world.server("masto").actor("ana")
    elsewhere = f"{ana.origin}/.well-known/webfinger?resource=acct:ana@masto.localhost:{world.port}"
    host.answers[f"ana@{host.at}"] = elsewhere

    assert await look_up(client, f"ana@{host.at}") == ana.id
    template = await subscribe_template(client, f"ana@{host.at}")
    assert template == f"{ana.origin}/authorize_interaction?uri={{uri}}"


async def test_a_person_is_the_actor_on_the_handle_s_own_host(
    world: Fediverse, client: Client
) -> None:
    ana = world.server("masto").actor("ana")
    found = await find_person(client, ana.handle.upper())
    assert (found.id, found.handle, found.url) == (ana.id, "ana", f"{ana.origin}/@ana")


async def test_a_person_elsewhere_is_believed_if_that_host_names_the_same_handle(
    world: Fediverse, client: Client
) -> None:
    city, social = world.server("city"), world.server("social")
    city.actors["ana"] = social.actor("ana")  # her handle is @ana@city, her server is social
    with pytest.raises(NotFound, match="does not confirm"):
        await find_person(client, f"@ana@{city.host}")

    social.handles_at = city.host

    assert (await find_person(client, f"@ana@{city.host}")).id == social.actors["ana"].id
    assert (await find_person(client, f"@ana@{social.host}")).id == social.actors["ana"].id


async def test_a_person_goes_by_the_name_of_the_handle(world: Fediverse, client: Client) -> None:
    masto = world.server("masto")
    masto.actors["carla"] = masto.actor("bruno")
    with pytest.raises(NotFound, match="another name"):
        await find_person(client, f"@carla@{masto.host}")


@pytest.mark.parametrize("text", ["", "ana", "https://masto.example/@ana"])
async def test_a_person_is_asked_for_by_handle_alone(client: Client, text: str) -> None:
    with pytest.raises(NotFound, match="expected"):
        await find_person(client, text)


async def test_a_person_whose_document_is_gone_is_nobody(world: Fediverse, client: Client) -> None:
    masto = world.server("masto")
    masto.actor("ana")
    masto.gone.add("/users/ana")
    with pytest.raises(NotFound):
        await find_person(client, f"@ana@{masto.host}")
