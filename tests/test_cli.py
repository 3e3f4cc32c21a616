"""The command line: lines on stdout, one line of complaint on stderr."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dosfed import __version__
from dosfed.cli import main
from dosfed.storage.migrate import HEAD
from tests.acts.samples import FULL


class Ended(NamedTuple):
    code: int
    lines: list[dict[str, Any]]
    complaint: str


Run = Callable[..., Ended]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    empty_database_url: str,
) -> Run:
    """Run `dosfed` with these arguments, on a database that nobody has opened before."""
    monkeypatch.setenv("DOSFED_BASE_URL", "https://delib.example")
    monkeypatch.setenv("DOSFED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DOSFED_DATABASE_URL", empty_database_url)

    def run_once(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["dosfed", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, complaint = capsys.readouterr()
        lines = [json.loads(line) for line in out.splitlines()]
        return Ended(int(ended.value.code or 0), lines, complaint)

    return run_once


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "quais.json"
    path.write_text(json.dumps(FULL), encoding="utf-8")
    return path


def test_import_prints_a_line_for_each_thing_made(run: Run, file: Path) -> None:
    ended = run("import", str(file))

    assert (ended.code, ended.complaint) == (0, "")
    assert ended.lines[0] == {
        "kind": "organiser",
        "ref": "mairie",
        "id": "https://delib.example/o/mairie",
    }
    proposal, poll = ended.lines[2:4]
    assert (proposal["kind"], poll["kind"]) == ("proposal", "poll")
    assert proposal["id"] == poll["id"]


@pytest.mark.parametrize(
    ("poll", "is_warned"),
    [
        ({"counts_from": 5}, False),
        ({"counts_from": 1}, True),
        ({"counts_from": 0}, True),
        ({"counts_from": 0, "counts": "hidden"}, False),
    ],
)
def test_import_says_what_it_gives_away_that_every_ballot_shows(
    run: Run, tmp_path: Path, poll: dict[str, Any], *, is_warned: bool
) -> None:
    document = json.loads(json.dumps(FULL))
    for consultation in document["consultations"]:
        for proposal in consultation["proposals"]:
            proposal["poll"] = {"method": "agree", **poll}
    path = tmp_path / "polls.json"
    path.write_text(json.dumps(document))
    ended = run("import", str(path))
    assert ended.code == 0
    assert ("counts_from 0 or 1" in ended.complaint) is is_warned


def test_export_prints_a_file_that_import_reads(run: Run, file: Path) -> None:
    run("import", str(file))

    [document] = run("export", "quais").lines

    assert [one["name"] for one in document["consultations"]] == ["quais"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "dosfed: not JSON: "),
        ('{"dosfed": 1, "dosfed": 1}', "dosfed: the key 'dosfed' stands twice in one object"),
        ('{"dosfed": NaN}', "dosfed: not JSON: "),
        ('{"dosfed": 1, "users": []}', "dosfed: users: unknown key"),
        ("[" * 100_000, "dosfed: nested too deeply"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(
    run: Run, tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")

    ended = run("import", str(path))

    assert (ended.code, ended.lines) == (1, [])
    assert ended.complaint.startswith(complaint)
    assert ended.complaint.count("\n") == 1


def test_a_refused_import_leaves_nothing_behind(run: Run, file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    document["consultations"][1]["name"] = "admin"
    file.write_text(json.dumps(document), encoding="utf-8")

    assert run("import", str(file)).complaint == (
        "dosfed: consultations[1].name: 'admin' is a reserved name\n"
    )
    assert run("export").lines == [{"dosfed": 1, "consultations": []}]


def test_import_adds_to_a_consultation_that_exists(run: Run, file: Path, tmp_path: Path) -> None:
    run("import", str(file))
    more = tmp_path / "more.json"
    proposal = {"ref": "more", "title": "Un ponton", "poll": {"method": "support"}}
    document = {"dosfed": 1, "consultations": [{"name": "quais", "proposals": [proposal]}]}
    more.write_text(json.dumps(document), encoding="utf-8")

    added = run("import", "--into", "quais", str(more))
    again = run("import", str(more), "--into", "quais")
    nowhere = run("import", "--into", "nowhere", str(more))

    assert [(line["kind"], line["ref"]) for line in added.lines] == [
        ("proposal", "more"),
        ("poll", "more"),
    ]
    for refused in (again, nowhere):
        assert (refused.code, refused.lines, refused.complaint.count("\n")) == (1, [], 1)
    [exported] = run("export", "quais").lines
    titles = [one["title"] for one in exported["consultations"][0]["proposals"]]
    assert titles.count("Un ponton") == 1


def test_a_user_gets_a_sign_in_link(run: Run) -> None:
    [added] = run("user", "add", "ana", "--role", "facilitator").lines
    [again] = run("user", "link", "ana").lines

    assert added["kind"] == again["kind"] == "user"
    assert added["id"] == again["id"] == "https://delib.example/u/ana"
    assert added["sign_in"].startswith("https://delib.example/sign-in/")
    assert added["sign_in"] != again["sign_in"]


def test_an_operator_removes_a_second_factor(run: Run) -> None:
    run("user", "add", "ana")

    [none] = run("user", "remove-factor", "ana").lines

    assert none == {"kind": "user", "id": "https://delib.example/u/ana", "removed": False}


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("user", "add", "Ana B"), 1, "dosfed: 'Ana B': a name has 1 to 64 of"),
        (("user", "add", "inbox"), 1, "dosfed: 'inbox' is a reserved name"),
        (("user", "add"), 2, "dosfed: give a NAME, or what to make one of by --display"),
        (("user", "add", "--display", "Ana ✓"), 1, "dosfed: --display: 'Ana \\u2713' cannot be"),
        (("user", "add", "eva", "--role", "king"), 2, "dosfed: Invalid value for '--role'"),
        (("user", "link", "bob"), 1, "dosfed: nobody here is called 'bob'"),
        (("user", "remove-factor", "bob"), 1, "dosfed: nobody here is called 'bob'"),
        (("export", "nowhere"), 1, "dosfed: no consultation here is called 'nowhere'"),
        (("import", "/nowhere.json"), 2, "dosfed: Invalid value for 'FILE'"),
        (("accept", "zzz"), 1, "dosfed: https://delib.example/p/zzz: unknown-object"),
        (("refuse", "zzz"), 2, "dosfed: Missing option '--reason'."),
        (("dance",), 2, "dosfed: No such command 'dance'."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    ended = run(*arguments)

    assert (ended.code, ended.lines) == (code, [])
    assert ended.complaint.startswith(complaint)
    assert ended.complaint.count("\n") == 1


def test_another_base_url_later_stops_every_verb(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("user", "add", "ana")
    monkeypatch.setenv("DOSFED_BASE_URL", "https://other.example")

    ended = run("user", "add", "bea")

    assert ended.code == 1
    assert "first used at https://delib.example" in ended.complaint


def test_a_bad_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSFED_LISTEN", "everywhere")

    assert run("migrate").complaint == (
        "dosfed: DOSFED_LISTEN: expected host:port, found 'everywhere'\n"
    )


def test_migrate_says_from_where_to_where(run: Run) -> None:
    assert run("migrate").lines == [{"kind": "migration", "from": None, "to": HEAD}]
    assert run("migrate").lines == [{"kind": "migration", "from": HEAD, "to": HEAD}]


def test_the_doctor_fails_where_nothing_answers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSFED_BASE_URL", "http://127.0.0.1:1")
    run("migrate")

    ended = run("doctor")

    assert ended.code == 1
    assert [(line["name"], line["ok"]) for line in ended.lines] == [
        ("settings", False),
        ("database", True),
        ("team", True),
        ("clock", False),
        ("webfinger", False),
        ("actor", False),
    ]
    assert ended.complaint == "dosfed: not everything is well\n"


def test_the_doctor_changes_nothing(run: Run, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())

    lines = {line["name"]: line for line in run("doctor").lines}

    assert not lines["database"]["ok"]
    assert "dosfed migrate" in lines["database"]["detail"]
    assert sorted(tmp_path.iterdir()) == before


def test_user_add_makes_the_handle_of_a_name_in_any_script(run: Run) -> None:
    [zoya] = run("user", "add", "--display", "Зоя Петрова").lines
    [again] = run("user", "add", "--display", "Зоя Петрова").lines
    [ana] = run("user", "add", "ana", "--display", "Émilie Dupré").lines

    ends = [user["id"].rpartition("/")[2] for user in (zoya, again, ana)]
    assert ends == ["zoya_petrova", "zoya_petrova2", "ana"]


@pytest.mark.parametrize("verb", [(), ("serve",), ("import",), ("user", "add"), ("demo",)])
def test_every_verb_explains_itself(
    verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dosfed", *verb, "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert not ended.value.code
    assert capsys.readouterr().out.startswith(f"Usage: {' '.join(['dosfed', *verb])} [OPTIONS]")


def test_help_loads_neither_database_nor_web() -> None:
    script = (
        "import sys; sys.argv = ['dosfed', '--help']\n"
        "from dosfed.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(str([m for m in ('sqlalchemy', 'aiohttp') if m in sys.modules]))"
    )

    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stderr == "[]"


def test_the_module_is_the_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "dosfed", "--version"], capture_output=True, text=True, check=True
    )

    assert ended.stdout == f"dosfed {__version__}\n"


def test_an_account_with_an_address_and_an_invitation_are_made(run: Run) -> None:
    [user] = run("user", "add", "ana", "--role", "organiser", "--email", "Ana@Example.org").lines
    [invitation] = run("user", "invite", "--role", "moderator", "--note", "Luc").lines

    assert user["id"] == "https://delib.example/u/ana"
    assert invitation["kind"] == "invitation"
    assert invitation["role"] == "moderator"
    assert invitation["link"].startswith("https://delib.example/invitation/")


@pytest.mark.parametrize(
    ("name", "email", "complaint"),
    [
        ("luc", "nothing", "dosfed: --email: nothing can be sent to 'nothing'"),
        ("luc", "ana@example.org", "dosfed: ana@example.org belongs to another account"),
    ],
)
def test_an_address_that_cannot_be_taken_makes_no_account(
    run: Run, name: str, email: str, complaint: str
) -> None:
    run("user", "add", "ana", "--email", "ana@example.org")

    ended = run("user", "add", name, "--email", email)

    assert (ended.code, ended.lines, ended.complaint.strip()) == (1, [], complaint)
    assert run("user", "link", name).code == 1
