"""What is public of a consultation can be taken away by anybody, and nothing else can."""

import asyncio
import csv
import io
import json
import re
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from dosfed.acts.leaving import leave
from dosfed.deliberation.consultations import history
from dosfed.deliberation.consultations.history import Change
from dosfed.deliberation.debate.tables import ArgumentPosts
from dosfed.deliberation.model import Role
from dosfed.shown.data_rows import TABLES as MADE
from dosfed.web.open_data import files
from dosfed.web.open_data.dictionary import DICTIONARY
from dosfed.web.open_data.files import DATA_FILES
from dosfed.web.open_data.writing import FORMULA
from tests.web.conftest import IMPORT, PROPOSALS
from tests.web.mirrored import mirror
from tests.web.open_data.reading import PLACE, TABLES, read_all, read_csv, read_json
from tests.web.site import Browser, Site, path_of

EMPTY = {**IMPORT, "consultations": [{**IMPORT["consultations"][0], "proposals": []}]}
QUOTED = "Dire \"oui\", « non », 'peut-être'; ou, enfin… " * 6


def with_proposals(*proposals: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the import file with other proposals."""
    consultation = {**IMPORT["consultations"][0], "proposals": list(proposals), **more}
    return {**IMPORT, "consultations": [consultation]}


def fresh(site: Site) -> None:
    """Do what a minute does: forget the files that were made."""
    site.app[DATA_FILES].clear()
    site.forget()


async def argue(browser: Browser, proposal: str, text: str, stance: str = "for") -> None:
    answer = await browser.submit(
        proposal, f"{path_of(proposal)}/arguments", stance=stance, text=text
    )
    assert answer.status == 200


def test_every_table_is_explained_column_by_column() -> None:
    assert list(MADE) == list(DICTIONARY) == list(TABLES)
    for table in DICTIONARY.values():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert names[-1] == "licence"
        assert {*table.key, *(table.refers or {})} <= set(names)


async def test_csv_and_json_say_the_same_of_everything_public(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    await argue(ana, proposals["quais"], "On respire **mieux**.")
    browser = site.browser()

    for name in TABLES:
        columns = [column.name for column in DICTIONARY[name].columns]
        as_csv, as_json = await read_csv(browser, name), await read_json(browser, name)
        assert len(as_csv) == len(as_json)
        for one, other in zip(as_csv, as_json, strict=True):
            assert list(one) == list(other) == columns
            for column in columns:
                said = "" if other[column] is None else str(other[column])
                assert one[column].removeprefix("'") == said.removeprefix("'")
    rows = await read_json(browser, "proposals")
    assert [row["title"] for row in rows] == [one["title"] for one in PROPOSALS]
    assert rows[0]["id"] == proposals["quais"]
    assert rows[0]["arguments"] == 1
    (argument,) = await read_json(browser, "arguments")
    assert (argument["stance"], argument["text"]) == ("for", "On respire **mieux**.")
    assert argument["published_at"] == "2026-05-01T12:00:00Z"


async def test_a_consultation_with_nothing_in_it_has_files_without_rows(site: Site) -> None:
    await site.import_(EMPTY)
    browser = site.browser()

    for name in set(TABLES) - {"consultation"}:
        assert await read_csv(browser, name) == []
        assert await read_json(browser, name) == []
    (row,) = await read_csv(browser, "consultation")
    assert row["title"] == IMPORT["consultations"][0]["title"]
    assert row["opens"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize("start", FORMULA)
async def test_no_cell_of_a_spreadsheet_is_a_formula_and_other_files_say_it_as_it_is(
    site: Site, start: str
) -> None:
    text = f'{start}HYPERLINK("https://evil.example","Read")'
    made = await site.import_(
        with_proposals({"ref": "p", "title": text.strip(), "text": text.strip(), "by": "=A1"})
    )
    ana = await site.signed_in("ana")
    await argue(ana, made["p"], "x")
    async with site.database.write() as connection:
        await connection.execute(update(ArgumentPosts).values(text=text))
    browser = site.browser()

    for name in TABLES:
        for row in await read_csv(browser, name):
            assert not [cell for cell in row.values() if cell.startswith(FORMULA)]
    (said,) = await read_json(browser, "arguments")
    assert said["text"].startswith("@participant-" if start == "@" else start.replace("\r", "\n"))
    (proposal,) = await read_json(browser, "proposals")
    assert proposal["author"] == "=A1"


async def test_names_are_one_line_and_quotes_stay_what_they_are(site: Site) -> None:
    title = QUOTED[:200].strip()
    await site.import_(
        with_proposals(
            {
                "ref": "p",
                "title": title,
                "text": 'Une ligne,\n"deux" lignes;\r\ntrois.',
                "poll": {"method": "single", "options": ['"Nord"', "Sud, ou est"]},
            }
        )
    )
    async with site.database.write() as connection:
        await connection.execute(
            update(ArgumentPosts.__table__)  # type: ignore[arg-type]  # the table of all posts
            .where(ArgumentPosts.__table__.c.kind == "proposal")
            .values(author_name="Ana\r\nLópez\u2028Ruiz", group_name="Taller\nnorte", group_size=3)
        )
    browser = site.browser()

    (row,) = await read_csv(browser, "proposals")
    assert row["title"] == title
    assert row["author"] == "Ana López Ruiz"
    assert row["group_name"] == "Taller norte"
    assert row["text"] == 'Une ligne,\n"deux" lignes;\ntrois.'
    assert [one["option"] for one in await read_csv(browser, "results")] == [
        '"Nord"',
        "Sud, ou est",
    ]


@pytest.mark.rule("4.7")
async def test_nothing_hidden_waiting_or_deleted_is_in_any_file(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, mia = await site.signed_in("ana"), await site.signed_in("mia", Role.MODERATOR)
    await argue(ana, proposals["quais"], "Arguments-about-hidden")
    await argue(ana, proposals["trace"], "Argument-hidden-itself")
    await argue(ana, proposals["sans"], "Argument-deleted")
    await ana.submit(
        "/c/quais/propose", "/c/quais/proposals", title="Title-waits", text="Text-waits"
    )
    writings = (await ana.get("/account/writings")).text
    places = [part for part in writings.split('"') if part.startswith("/a/")]
    for place in places:
        shown = (await ana.get(place)).text
        if "Argument-deleted" in shown:
            await ana.submit(f"{place}/delete", f"{place}/delete")
        if "Argument-hidden-itself" in shown:
            await mia.submit(
                "/admin/blocks",
                "/admin/hide",
                object=f"{site.base_url}{place}",
                reason="Reason-for-hiding",
                code="insult",
            )
    await mia.submit(
        "/admin/blocks",
        "/admin/hide",
        object=proposals["quais"],
        reason="Reason-for-hiding",
        code="spam",
    )
    fresh(site)

    said = await read_all(site.browser())

    assert "Fermer les quais aux" in said  # the consultation
    assert proposals["trace"] in said
    hidden = ("about-hidden", "hidden-itself", "Argument-deleted", "-waits", "Reason-for")
    assert [
        words for words in (*hidden, proposals["quais"], "Tous les **jours**") if words in said
    ] == []
    rows = await read_json(site.browser(), "moderation")
    assert [(row["kind"], row["became"], row["code"]) for row in rows] == [
        ("argument", "hidden", "insult"),
        ("proposal", "hidden", "spam"),
    ]


@pytest.mark.rule("4.7")
async def test_people_have_one_pseudonym_in_a_consultation_and_another_in_the_next(
    site: Site,
) -> None:
    first = with_proposals(*PROPOSALS)
    second = {**first["consultations"][0], "name": "ponts", "title": "Les ponts"}
    await site.import_({**first, "consultations": [second]})
    bridge = (await read_json(site.browser(), "proposals", "/c/ponts/data"))[5]["id"]
    made = await site.import_(first)
    ana, bo = await site.signed_in("ana"), await site.signed_in("bo")
    await argue(ana, made["quais"], "Un")
    await argue(ana, made["sans"], "Deux")
    await argue(ana, bridge, "Trois")
    await argue(bo, made["sans"], "@ana dit vrai, et @ana@delib.example aussi.")
    fresh(site)
    browser = site.browser()

    rows = {row["text"]: row for row in await read_json(browser, "arguments")}
    (other,) = await read_json(browser, "arguments", "/c/ponts/data")

    name = rows["Un"]["author"]
    assert name.startswith("participant-")
    assert rows["Deux"]["author"] == name != other["author"]
    said = await read_all(browser) + await read_all(browser, "/c/ponts/data")
    assert "@ana" not in said
    assert "/u/ana" not in said
    assert f"@{name} dit vrai" in said
    fresh(site)
    assert (await read_json(browser, "arguments"))[0]["author"] == name


@pytest.mark.rule("4.7")
async def test_who_leaves_is_in_no_file_any_more(site: Site, proposals: dict[str, str]) -> None:
    ana, bo = await site.signed_in("ana"), await site.signed_in("bo")
    await argue(ana, proposals["sans"], "Words of somebody who leaves")
    await argue(bo, proposals["sans"], "@ana has said it all")
    await ana.submit(
        proposals["sans"], f"{path_of(proposals['sans'])}/co-sign", sign="1", version="1"
    )
    browser = site.browser()
    before = await read_all(browser)
    (pseudonym,) = [
        row["author"]
        for row in await read_json(browser, "arguments")
        if row["text"] == "Words of somebody who leaves"
    ]
    assert "Words of somebody" in before
    assert "@ana" not in before

    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/ana", site.house, at=site.clock.now())
    fresh(site)
    after = await read_all(browser)

    assert "Words of somebody" not in after
    assert "@ana" not in after
    assert pseudonym not in after
    assert await read_json(browser, "co_signers") == []


async def test_results_have_figures_only_where_pages_have_them(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    before = await read_json(site.browser(), "results")
    for ref in ("quais", "navette"):
        place = path_of(proposals[ref])
        option = next(row["option"] for row in before if row["proposal"] == proposals[ref])
        await ana.submit(proposals[ref], f"{place}/ballot", option=option)
    await site.tick()
    fresh(site)

    rows = await read_json(site.browser(), "results")

    by_proposal: dict[str, list[int | None]] = {}
    for row in rows:
        by_proposal.setdefault(row["proposal"], []).append(row["votes"])
    assert by_proposal[proposals["quais"]] == [1, 0, 0]
    assert by_proposal[proposals["navette"]] == [None]  # hidden until the end
    assert {row["method"] for row in rows} == {"agree", "single", "multiple", "support"}


async def test_the_history_and_the_meetings_are_files_too(site: Site) -> None:
    meeting = {
        "title": "Assemblée",
        "place": "Quai nord",
        "starts": "2026-06-01T18:00:00Z",
        "ends": "2026-06-01T20:00:00Z",
    }
    await site.import_(with_proposals(*PROPOSALS, meetings=[meeting]))
    change = Change(
        what="closes",
        at=site.clock.now(),
        role=Role.ORGANISER,
        by=f"{site.base_url}/u/mia",
        before="2026-10-01",
        after="2026-11-01",
        reason="La crue",
    )
    async with site.database.write() as connection:
        await history.record(connection, f"{site.base_url}/c/quais", change)
    browser = site.browser()

    (row,) = await read_json(browser, "history")
    assert (row["what"], row["role"], row["before"], row["after"], row["reason"]) == (
        "closes",
        "organiser",
        "2026-10-01",
        "2026-11-01",
        "La crue",
    )
    assert "/u/mia" not in await read_all(browser)
    (row,) = await read_json(browser, "meetings")
    assert (row["title"], row["place"], row["starts"]) == (
        "Assemblée",
        "Quai nord",
        "2026-06-01T18:00:00Z",
    )


async def test_earlier_versions_and_co_signers_are_files_too(
    site: Site, proposals: dict[str, str]
) -> None:
    fay = await site.signed_in("fay", Role.FACILITATOR)
    place = path_of(proposals["sans"])
    await fay.submit(proposals["sans"], f"{place}/co-sign", sign="1", version="1")
    await fay.submit(
        f"{place}/edit",
        f"{place}/edit",
        follows="1",
        title="Sans vote",
        text="Mieux.",
        note="Plus clair",
    )
    fresh(site)
    browser = site.browser()

    (version,) = await read_json(browser, "versions")
    assert (version["number"], version["text"], version["note"], version["replaced_by"]) == (
        1,
        "Un texte à discuter.",
        "Plus clair",
        "facilitator",
    )
    (signer,) = await read_json(browser, "co_signers")
    assert signer["signer"].startswith("participant-")
    current = [row for row in await read_json(browser, "proposals") if row["version"] == 2]
    assert [row["co_signers"] for row in current] == [1]


async def test_long_debates_come_whole_and_in_their_order(site: Site) -> None:
    arguments = [
        {
            "ref": f"a{n}",
            "text": f"n{n}",
            **({"in_reply_to": f"a{n - 1}"} if n % 3 == 1 and n else {}),
        }
        for n in range(700)
    ]
    few = [
        {"ref": f"p{n}", "title": f"P{n}", "text": "", "arguments": arguments[:n]}
        for n in range(40)
    ]
    long = {"ref": "long", "title": "Long", "text": "", "arguments": arguments}
    await site.import_(with_proposals(*few[:20], long, *few[20:]))

    rows = await read_json(site.browser(), "arguments")

    assert len(rows) == 700 + sum(range(40))
    assert len({row["id"] for row in rows}) == len(rows)
    titles = [row["id"] for row in await read_json(site.browser(), "proposals")]
    places = [titles.index(row["proposal"]) for row in rows]
    assert places == sorted(places)
    whole = [row for row in rows if row["proposal"] == titles[20]]
    assert [row["text"] for row in whole] == [f"n{n}" for n in range(700)]
    assert whole[1]["in_reply_to"] == whole[0]["id"]


async def test_whoever_has_a_file_is_not_sent_it_again(
    site: Site, proposals: dict[str, str]
) -> None:
    browser = site.browser()
    url = f"{site.base_url}{PLACE}/proposals.csv"
    async with browser.http.get(url) as first:
        body = await first.read()
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "public, max-age=60"
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        assert 'filename="quais-proposals.csv"' in first.headers["Content-Disposition"]
    async with browser.http.head(url) as head:
        assert int(head.headers["Content-Length"]) == len(body)
        assert head.headers["ETag"] == tag
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        async with browser.http.get(url, headers={"If-None-Match": known}) as again:
            assert again.status == 304, known
            assert await again.read() == b""
    fresh(site)
    async with browser.http.get(url, headers={"If-None-Match": tag}) as same:
        assert same.status == 304
    ana = await site.signed_in("ana")
    await argue(ana, proposals["quais"], "Neuf")
    fresh(site)
    async with browser.http.get(url, headers={"If-None-Match": tag}) as changed:
        assert changed.status == 200


async def test_a_file_says_its_licence_where_programs_look(site: Site) -> None:
    await site.import_(with_proposals(*PROPOSALS, licence="odbl-1.0"))
    browser = site.browser()

    for name in TABLES:
        for kind in ("csv", "json"):
            answer = await browser.get(f"{PLACE}/{name}.{kind}")
            link = '<https://opendatacommons.org/licenses/odbl/1-0/>; rel="license"'
            assert link in answer.headers["link"]
    assert {row["licence"] for row in await read_csv(browser, "proposals")} == {"odbl-1.0"}
    whole = json.loads((await browser.get(f"{PLACE}/results.json")).text)
    assert whole["licence"] == "https://opendatacommons.org/licenses/odbl/1-0/"


@pytest.mark.usefixtures("proposals")
async def test_files_that_many_ask_for_at_once_are_made_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    make = files.DataFiles._make

    async def counted(self: files.DataFiles, write: files.Write) -> files.Made:
        made.append(write)
        return await make(self, write)

    monkeypatch.setattr(files.DataFiles, "_make", counted)
    browser = site.browser()

    answers = await asyncio.gather(*(browser.get(f"{PLACE}/proposals.csv") for _ in range(10)))

    assert {answer.status for answer in answers} == {200}
    assert len(made) == 1


@pytest.mark.usefixtures("proposals")
async def test_who_waits_behind_too_many_is_asked_to_come_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_WAITING", 0)

    answer = await site.browser().get(f"{PLACE}/proposals.csv")

    assert answer.status == 503
    assert answer.headers["retry-after"] == "10"


async def test_a_slow_reader_holds_up_nobody_and_gets_the_file_as_it_was(site: Site) -> None:
    text = "Une phrase assez longue pour remplir une page. " * 400
    many = [{"ref": f"p{n}", "title": f"P{n}", "text": text} for n in range(300)]
    await site.import_(with_proposals(*many))
    browser = site.browser()

    async with browser.http.get(f"{site.base_url}{PLACE}/proposals.csv") as slow:
        first = await slow.content.readexactly(1000)
        # Meanwhile the file is let go of, and others are served: no connection is held.
        fresh(site)
        assert site.database.reader.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert (await site.browser().get(f"{PLACE}/proposals.csv")).status == 200
        rest = await slow.content.read()
        size = int(slow.headers["Content-Length"])

    whole = first + rest
    assert len(whole) == size
    rows = list(csv.DictReader(io.StringIO(whole.decode("utf-8-sig"), newline="")))
    assert [row["title"] for row in rows] == [f"P{n}" for n in range(300)]


async def test_who_takes_nothing_of_a_file_is_let_go(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Une phrase assez longue pour remplir une page. " * 400
    many = [{"ref": f"p{n}", "title": f"P{n}", "text": text} for n in range(1500)]
    await site.import_(with_proposals(*many))
    monkeypatch.setattr(files, "STALLED_SECONDS", 0.2)
    send, is_over = files.send, asyncio.Event()

    async def watched(response: web.StreamResponse, opened: int, size: int) -> None:
        try:
            await send(response, opened, size)
        finally:
            is_over.set()

    monkeypatch.setattr(files, "send", watched)
    port = site.base_url.rpartition(":")[2]
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    asked = f"GET {PLACE}/proposals.csv HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    writer.write(asked.encode())

    async with asyncio.timeout(60):
        await is_over.wait()
        taken = await reader.read()  # what was on its way when the server hung up
    writer.close()
    await writer.wait_closed()
    size = re.search(rb"Content-Length: (\d+)", taken)
    assert size is not None
    assert len(taken) < int(size[1])


@pytest.mark.usefixtures("proposals")
async def test_the_page_explains_every_file_in_the_language_of_its_reader(site: Site) -> None:
    for language, words in (
        ("en", "Open data"),
        ("fr", "Données ouvertes"),
        ("es", "Datos abiertos"),
    ):
        page = await site.browser(language=language).get(PLACE)
        assert f"<h1>{words}</h1>" in page.text
        for name, table in DICTIONARY.items():
            assert f'href="{PLACE}/{name}.csv"' in page.text
            assert f'href="{PLACE}/{name}.json"' in page.text
            for column in table.columns:
                assert f"<code>{column.name}</code>" in page.text
    assert f'href="{PLACE}"' in (await site.browser().get("/c/quais")).text


async def test_the_data_of_a_mirrored_consultation_are_at_its_home(site: Site) -> None:
    await mirror(site)

    page = await site.browser().get("/c/costanera@ar.example/data")

    assert 'href="https://ar.example/c/costanera/data"' in page.text
    assert "data/proposals.csv" not in page.text
    assert (await site.browser().get("/c/costanera@ar.example/data/proposals.csv")).status == 404


@pytest.mark.parametrize(
    "name", ["ballots.csv", "proposals.xls", "proposals", "..%2f..%2fkey.csv", "people.json"]
)
@pytest.mark.usefixtures("proposals")
async def test_there_is_no_other_file(site: Site, name: str) -> None:
    assert (await site.browser().get(f"{PLACE}/{name}")).status == 404
    assert (await site.browser().get("/c/nothing/data/proposals.csv")).status == 404
    assert (await site.browser().get("/c/nothing/data")).status == 404


@pytest.mark.rule("4.7")
async def test_who_asks_for_it_is_named_until_they_do_not_or_leave(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, bo = await site.signed_in("ana"), await site.signed_in("bo")
    await argue(ana, proposals["sans"], "Hers")
    await argue(bo, proposals["sans"], "His, for @ana")
    here = site.house.instance.host

    async def authors() -> dict[str, str]:
        fresh(site)
        rows = await read_json(site.browser(), "arguments")
        return {row["text"]: row["author"] for row in rows}

    assert all(author.startswith("participant-") for author in (await authors()).values())
    chosen: dict[str, Any] = {"language": "en", "digest": "never"}
    saved = await ana.submit("/account", "/account/preferences", named_in_data="1", **chosen)
    assert 'name="named_in_data" value="1" aria-describedby="named-help" checked' in saved.text
    named = await authors()
    assert named["Hers"] == f"ana@{here}"
    assert named[f"His, for @ana@{here}"].startswith("participant-")

    await ana.submit("/account", "/account/preferences", **chosen)
    assert (await authors())["Hers"].startswith("participant-")
    await ana.submit("/account", "/account/preferences", named_in_data="1", **chosen)
    async with site.database.write() as connection:
        await leave(connection, f"{site.base_url}/u/ana", site.house, at=site.clock.now())
    fresh(site)
    assert "ana@" not in await read_all(site.browser())
