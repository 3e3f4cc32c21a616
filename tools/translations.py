"""Collect the strings of the pages in the catalogues, or check that none is missing or stale."""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
CATALOGUES = ROOT / "dosfed" / "translations"
TEXTS = ROOT / "templates" / "texts"
GLOSSARY = ROOT / "docs" / "glossary.md"
SOURCES = {
    "dosfed/web": [("**.py", "python")],
    "templates": [(kind, "jinja2.ext:babel_extract") for kind in ("**.html", "**.txt", "**.atom")],
}
OPTIONS = {kind: {"trimmed": "true", "silent": "false"} for kind, _ in SOURCES["templates"]}
HEADER = "# Strings of the pages; `tools/translations.py update` keeps this file in step with them."
# Lines that would change each time, or that say nothing.
NOISE = (
    b'"Project-Id-Version',
    b'"Report-Msgid-Bugs-To',
    b'"POT-Creation-Date',
    b'"PO-Revision-Date',
    b'"Last-Translator',
    b'"Language-Team',
    b'"Generated-By',
)


def main() -> int:
    """Run `update` or `check`; return how it went."""
    verb = sys.argv[1] if len(sys.argv) > 1 else ""
    if verb not in {"update", "check"}:
        sys.stderr.write("usage: translations.py update|check\n")
        return 2
    problems = []
    for path in sorted(CATALOGUES.glob("*.po")):
        if verb == "update":
            path.write_bytes(renewed(path))
        else:
            problems += check(path)
    if verb == "check":
        problems += [f"en: {text}" for text in banned("en", (id_ for id_, _ in spoken(collect())))]
        problems += banned_in_texts()
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def collect() -> Catalog:
    """Return every string that a template or a page's code shows."""
    catalogue = Catalog(fuzzy=False)
    for folder, methods in SOURCES.items():
        for found in extract_from_dir(ROOT / folder, methods, OPTIONS):
            name, line, message, comments, context = found
            place = (f"{folder}/{name}", line)
            catalogue.add(message, None, [place], auto_comments=comments, context=context)
    return catalogue


def renewed(path: Path) -> bytes:
    """Return a catalogue with exactly the strings of today; what is new has no translation."""
    catalogue = read(path)
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = HEADER
    written = io.BytesIO()
    write_po(written, catalogue, width=99, sort_by_file=True, include_lineno=False)
    lines = written.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(NOISE))


def check(path: Path) -> list[str]:
    """Return what is wrong with a catalogue, a line each."""
    catalogue, wanted = read(path), collect()
    ids = {message.id for message in wanted if message.id}
    problems = [f"{path.name}: stale: {m.id!r}" for m in catalogue if m.id and m.id not in ids]
    for message in wanted:
        if message.id:
            problems += [f"{path.name}: {text}" for text in faults(catalogue, message)]
    said = (string for _, string in spoken(catalogue))
    return problems + [f"{path.name}: {text}" for text in banned(path.stem, said)]


def spoken(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    """Yield each string with its translation, singular and plural by themselves."""
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id:
            yield from zip(ids, strings, strict=False)


def never(language: str) -> list[str]:
    """Return the words that the glossary keeps out of a language."""
    row = re.compile(rf"^\| {language} \| ([^|]+) \|", re.MULTILINE)
    return [
        word.strip() for words in row.findall(GLOSSARY.read_text()) for word in words.split(",")
    ]


def banned_in_texts() -> list[str]:
    """Return what is wrong with the texts on terms, privacy and the like, a line each."""
    found = [(path, path.suffixes[0][1:]) for path in sorted(TEXTS.glob("*.*.md"))]
    return [
        f"{path.name}: {text}"
        for path, language in found
        for text in banned(language, iter(path.read_text().splitlines()))
    ]


def banned(language: str, strings: Iterator[str]) -> list[str]:
    """Return which strings say what the glossary has them never say, a line each."""
    words = "|".join(re.escape(word) for word in never(language))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
    found = ((pattern.search(re.sub(r"%\(\w+\)s|<[^>]*>", " ", text)), text) for text in strings)
    return [
        f"{hit[0]!r} is a word that {GLOSSARY.name} bans: {text!r}" for hit, text in found if hit
    ]


def faults(catalogue: Catalog, wanted: Message) -> list[str]:
    """Return what is wrong with the translation of one string."""
    message = catalogue.get(wanted.id)
    if message is None:
        return [f"missing: {wanted.id!r}"]
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(strings) or (message.pluralizable and len(strings) < catalogue.num_plurals):
        return [f"not translated: {wanted.id!r}"]
    if message.fuzzy:
        return [f"fuzzy: {wanted.id!r}"]
    return [f"{wanted.id!r}: {error}" for error in message.check(catalogue)]


def read(path: Path) -> Catalog:
    """Read a catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


if __name__ == "__main__":
    sys.exit(main())
