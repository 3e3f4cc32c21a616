"""What other servers ask of us is answered as they expect it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDictProxy
from sqlalchemy import update

from dosfed import __version__
from dosfed.activitypub.actors import delete_actor
from dosfed.activitypub.negotiation import wants_json
from dosfed.activitypub.outbox import put
from dosfed.activitypub.proxies import client_address
from dosfed.activitypub.tables import Outbox
from dosfed.activitypub.writing import announce
from dosfed.context import SETTINGS
from dosfed.settings import read_settings
from dosfed.storage.engine import Database
from tests.activitypub.serving import USAGE, Served, serve
from tests.conftest import START, GivenClock

AP = "application/activity+json; charset=utf-8"
AS = "https://www.w3.org/ns/activitystreams"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    json: Any


@pytest.fixture
async def served(database: Database, clock: GivenClock) -> AsyncIterator[Served]:
    async with serve(database, clock) as served:
        yield served


async def get(served: Served, path: str, **headers: str) -> Answer:
    async with served.world.session.get(
        served.instance.base_url + path,
        headers={k.replace("_", "-"): headers[k] for k in headers},
        allow_redirects=False,
    ) as response:
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(
            status=response.status,
            headers=response.headers,
            json=await response.json(content_type=None) if is_json else await response.text(),
        )


async def finger(served: Served, resource: str) -> Answer:
    return await get(served, f"/.well-known/webfinger?resource={quote(resource, safe='')}")


@pytest.mark.parametrize(
    "resource",
    [
        "acct:mairie@HOST",
        "acct:mairie@delib.localhost",
        "acct:@mairie@HOST",
        "acct:Mairie@HOST",
        "BASE/o/mairie",
    ],
)
async def test_a_handle_or_id_leads_to_the_actor_and_back(served: Served, resource: str) -> None:
    host, base = served.instance.host, served.instance.base_url
    answer = await finger(served, resource.replace("HOST", host).replace("BASE", base))

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/jrd+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.json["subject"] == f"acct:mairie@{host}"
    assert answer.json["aliases"] == [served.town]
    as_documents = [
        link for link in answer.json["links"] if link.get("type", "").startswith("application/")
    ]
    assert as_documents == [
        {
            "rel": "self",
            "type": "application/activity+json",
            "href": served.town,
            "properties": {f"{AS}#type": "Service"},
        }
    ]
    templates = {
        link["rel"]: link["template"] for link in answer.json["links"] if "template" in link
    }
    assert templates == {
        "http://ostatus.org/schema/1.0/subscribe": f"{base}/authorize_interaction?uri={{uri}}",
        "https://w3id.org/fep/3b86/Object": f"{base}/authorize_interaction?uri={{object}}",
    }


@pytest.mark.parametrize(
    "resource",
    ["BASE", "BASE/", "BASE/actor", "acct:delib.localhost@HOST"],
)
async def test_the_bare_host_leads_to_the_instance_actor(served: Served, resource: str) -> None:
    host, base = served.instance.host, served.instance.base_url
    answer = await finger(served, resource.replace("HOST", host).replace("BASE", base))

    assert answer.status == 200
    hrefs = {link["rel"]: link.get("href") for link in answer.json["links"]}
    assert hrefs["self"] == hrefs[f"{AS}#Service"] == f"{base}/actor"
    assert f"{base}/" in answer.json["aliases"]


@pytest.mark.parametrize(
    "resource",
    [
        *(
            "",
            "mairie",
            "mairie@HOST",
            "@mairie@HOST",
            "delib.localhost",
            "@",
            "a b@c",
            ":y",
            "1x:y",
            "x: y",
        ),
        *("acct:", "acct:mairie", "acct:@", "acct:mairie@"),
    ],
)
async def test_garbled_resources_are_bad_requests(served: Served, resource: str) -> None:
    answer = await finger(served, resource.replace("HOST", served.instance.host))
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (await get(served, "/.well-known/webfinger")).status == 400


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@HOST",
        "acct:mairie@elsewhere.example",
        "https://elsewhere.example/o/mairie",
        "https://HOST/o/mairie",
        "BASE/o/nobody",
        "x:y",
        "mailto:mairie@HOST",
        "BASE/c/mairie",
    ],
)
async def test_unknown_resources_are_not_found(served: Served, resource: str) -> None:
    host, base = served.instance.host, served.instance.base_url
    answer = await finger(served, resource.replace("HOST", host).replace("BASE", base))
    assert answer.status == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_only_links_of_the_wanted_relation_are_given(served: Served) -> None:
    resource = quote(f"acct:mairie@{served.instance.host}")
    answer = await get(served, f"/.well-known/webfinger?resource={resource}&rel=self")
    assert [link["rel"] for link in answer.json["links"]] == ["self"]


async def test_a_deleted_actor_is_gone_with_its_handle(served: Served) -> None:
    async with served.database.write() as connection:
        await delete_actor(connection, served.town, START)
    assert (await finger(served, f"acct:mairie@{served.instance.host}")).status == 410
    for collection in ("outbox", "followers", "following"):
        assert (await get(served, f"/o/mairie/{collection}")).status == 410


async def test_host_meta_leads_to_webfinger(served: Served) -> None:
    template = f"{served.instance.base_url}/.well-known/webfinger?resource={{uri}}"
    xrd = await get(served, "/.well-known/host-meta")
    assert xrd.headers["Content-Type"] == "application/xrd+xml; charset=utf-8"
    assert f'<Link rel="lrdd" template="{template}"/>' in xrd.json
    jrd = await get(served, "/.well-known/host-meta.json")
    assert jrd.json == {"links": [{"rel": "lrdd", "template": template}]}


@pytest.mark.parametrize("version", ["2.0", "2.1"])
async def test_nodeinfo_tells_what_is_true(served: Served, version: str) -> None:
    links = (await get(served, "/.well-known/nodeinfo")).json["links"]
    # Some take the last link for the newest NodeInfo, whatever it is.
    assert links[-1]["rel"].endswith("/2.1")
    hrefs = {link["rel"]: link["href"] for link in links}
    assert hrefs[f"{AS}#Application"] == served.instance.actor
    schema = f"http://nodeinfo.diaspora.software/ns/schema/{version}"

    answer = await get(served, hrefs[schema].removeprefix(served.instance.base_url))

    # The schema of 2.0 takes no other properties of the software.
    project = "https://w3id.org/dosfed"
    source = {} if version == "2.0" else {"repository": project, "homepage": project}
    assert answer.headers["Content-Type"] == f'application/json; profile="{schema}#"'
    assert answer.json == {
        "version": version,
        "software": {"name": "dosfed", "version": __version__, **source},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": True,
        "usage": {
            "users": {"total": USAGE.users, "activeHalfyear": 2, "activeMonth": 1},
            "localPosts": USAGE.posts,
            "localComments": USAGE.comments,
        },
        "metadata": {"nodeName": "Sauveterre"},
    }
    assert (await get(served, "/nodeinfo/3.0")).status == 404


async def test_a_browser_that_asks_for_the_instance_actor_is_led_home(served: Served) -> None:
    answer = await get(served, "/actor", Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert (answer.status, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "accept", ["application/activity+json", "*/*", "text/html;q=0.1, application/ld+json"]
)
async def test_the_instance_actor_is_readable_by_all_unsigned(served: Served, accept: str) -> None:
    answer = await get(served, "/actor", Accept=accept)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == AP
    assert answer.json["id"] == served.instance.actor
    assert answer.json["type"] == "Application"
    assert answer.json["preferredUsername"] == "delib.localhost"


async def test_a_document_is_sent_again_only_if_it_changed(served: Served) -> None:
    first = await get(served, "/actor")
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert first.headers["Vary"] == "Accept"
    assert first.headers["Cache-Control"].startswith("public, max-age=")

    for known in (tag, f'"other", {tag}', "*"):
        again = await get(served, "/actor", If_None_Match=known)
        assert again.status == 304
        assert again.headers["ETag"] == tag
        assert again.json == ""
    assert (await get(served, "/actor", If_None_Match='"other"')).status == 200


async def test_collections_of_an_actor_answer(served: Served) -> None:
    for path in ("/actor", "/o/mairie"):
        uri = served.instance.base_url + path
        for name in ("outbox", "followers", "following"):
            answer = await get(served, f"{path}/{name}")
            assert answer.status == 200
            assert answer.headers["Content-Type"] == AP
            assert answer.json["id"] == f"{uri}/{name}"
            assert answer.json["type"] == "OrderedCollection"
            assert answer.json["totalItems"] == 0
    assert (await get(served, "/actor/featured")).json["orderedItems"] == []
    assert (await get(served, "/u/mairie/outbox")).status == 404


async def test_the_outbox_leads_from_page_to_page_through_all_activities(served: Served) -> None:
    sent = [await publish(served, f"https://delib.example/p/{number}") for number in range(25)]

    cover = (await get(served, "/o/mairie/outbox")).json
    assert cover["totalItems"] == 25
    url, seen = cover["first"], []
    while url:
        page = (await get(served, url.removeprefix(served.instance.base_url))).json
        assert page["id"] == url
        assert page["type"] == "OrderedCollectionPage"
        seen += [item["id"] for item in page["orderedItems"]]
        url = page.get("next")
    assert seen == list(reversed(sent))


@pytest.mark.parametrize("before", ["x", "-1", "0", "", "1e3", "9" * 40, "²"])
async def test_an_outbox_page_before_nonsense_is_a_bad_request(served: Served, before: str) -> None:
    answer = await get(served, f"/o/mairie/outbox?page=true&before={quote(before)}")
    assert answer.status == 400


async def test_public_activities_answer_at_their_ids_as_they_were_sent(served: Served) -> None:
    uri = await publish(served, "https://delib.example/p/1")
    answer = await get(served, uri.removeprefix(served.instance.base_url))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == AP
    assert answer.json["id"] == uri
    assert answer.json["object"] == "https://delib.example/p/1"


async def test_what_was_for_somebody_alone_is_not_there(served: Served) -> None:
    uri = await publish(served, "https://delib.example/p/1")
    async with served.database.write() as connection:
        await connection.execute(update(Outbox).values(is_public=False))
    assert (await get(served, uri.removeprefix(served.instance.base_url))).status == 404
    assert (await get(served, "/activities/unknown")).status == 404
    assert (await get(served, "/o/mairie/outbox")).json["totalItems"] == 0


async def publish(served: Served, thing: str) -> str:
    activity = announce(served.instance, served.town, thing, at=START)
    async with served.database.write() as connection:
        await put(connection, activity, at=START, inboxes=())
    return str(activity["id"])


@pytest.mark.parametrize(
    ("accept", "is_json"),
    [
        ("application/activity+json", True),
        ("application/activity+json, application/ld+json", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json", True),
        ("Application/Activity+JSON", True),
        ("application/json", True),
        ('application/activity+json, application/ld+json; profile="x", text/html;q=0.1', True),
        ("text/html, application/activity+json", True),
        ("text/html, application/activity+json;q=0.5", False),
        ("application/activity+json;q=0, text/html", False),
        ("application/activity+json;q=x, */*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("*/*", False),
        ("", False),
        (",;,=", False),
    ],
)
def test_documents_are_for_those_who_ask_for_them(accept: str, *, is_json: bool) -> None:
    assert wants_json(make_mocked_request("GET", "/", {"Accept": accept})) is is_json


def test_who_accepts_nothing_in_particular_gets_a_page() -> None:
    assert not wants_json(make_mocked_request("GET", "/"))


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        ("", "203.0.113.9", "10.0.0.1"),
        ("10.0.0.0/8", "", "10.0.0.1"),
        ("10.0.0.0/8", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("10.0.0.0/8", "10.2.2.2, 10.1.1.1", "10.2.2.2"),
        ("10.0.0.0/8", "203.0.113.9, nonsense", "10.0.0.1"),
        ("192.0.2.0/24", "203.0.113.9", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_client_is_who_trusted_proxies_say(trusted: str, forwarded: str, expected: str) -> None:
    app = web.Application()
    app[SETTINGS] = read_settings({"DOSFED_TRUSTED_PROXIES": trusted})
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers, app=app).clone(remote="10.0.0.1")
    assert client_address(request) == expected
