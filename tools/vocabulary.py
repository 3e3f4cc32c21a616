"""Write the table of our vocabulary into docs/federation.md."""

from pathlib import Path

from dosfed.wire.terms import TERMS

PAGE = Path(__file__).parent.parent / "docs" / "federation.md"
HEAD = "| property | value | on | says |\n|---|---|---|---|\n"


def main() -> None:
    """Renew the page."""
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def with_table(page: str) -> str:
    """Return the page with the table as it is to be; the table ends it."""
    rows = "".join(f"| `{term.id}` | {term.range} | {term.on} | {term.says} |\n" for term in TERMS)
    return page.partition(HEAD)[0] + HEAD + rows


if __name__ == "__main__":
    main()
