"""An import file that says all that can be said."""

from typing import Any

OLD: dict[str, Any] = {
    "name": "marche",
    "title": "Le marché du samedi",
    "language": "fr",
    "opens": "2025-01-01T00:00:00Z",
    "closes": "2026-01-01T00:00:00Z",
    "proposals": [
        {
            "ref": "place",
            "title": "Sur la place ?",
            "text": "",
            "poll": {
                "method": "multiple",
                "options": ["Place", "Quai"],
                "counts": "hidden",
                "result": {
                    "from": "https://old.example/p/1",
                    "closed": "2026-01-01T00:00:02Z",
                    "ballots": [12, 7],
                    "voters": 15,
                    "origins": {"here": 15, "listed": 0, "fediverse": 0},
                },
            },
        }
    ],
}
FULL: dict[str, Any] = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre"},
    "consultations": [
        {
            "name": "quais",
            "title": "Fermer les quais aux voitures ?",
            "summary": "Une *question* simple.",
            "language": "fr",
            "licence": "odbl-1.0",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2027-01-01T00:00:00Z",
            "phases": [
                {
                    "kind": "proposals",
                    "opens": "2026-01-01T00:00:00Z",
                    "closes": "2026-06-01T00:00:00Z",
                    "title": "Dépôt des idées",
                    "text": "Une *idée* par proposition.",
                }
            ],
            "documents": [{"title": "Le plan", "url": "https://ville.example/plan.pdf"}],
            "eligible": ["masto.example", "delib.example"],
            "instances": ["masto.example"],
            "needs_facilitator": False,
            "erase_after_days": 30,
            "meetings": [
                {
                    "title": "Atelier",
                    "place": "Mairie",
                    "url": "https://visio.example/quais",
                    "summary": "Ouvert à *toutes*.",
                    "starts": "2026-03-01T18:00:00Z",
                    "ends": "2026-03-01T20:00:00Z",
                },
                {
                    "title": "Visite",
                    "place": "Sur le quai",
                    "starts": "2026-03-02T18:00:00Z",
                    "ends": "2026-03-02T20:00:00Z",
                    "cancelled": True,
                },
            ],
            "proposals": [
                {
                    "ref": "p1",
                    "title": "Fermer",
                    "text": "Le **dimanche**.",
                    "tags": ["quais", "voies sur berge"],
                    "group": {"name": "Atelier du mardi", "size": 23},
                    "versions": [
                        {
                            "title": "Fermer",
                            "text": "Le samedi.",
                            "note": "Le marché",
                            "by": "facilitator",
                            "replaced": "2026-04-01T00:00:00Z",
                        }
                    ],
                    "clauses": ["c-1a2b3c4d"],
                    "poll": {"method": "agree", "counts_from": 3},
                    "arguments": [
                        {
                            "ref": "a",
                            "stance": "for",
                            "text": "De l'air !",
                            "by": "Ana",
                            "clause": "c-1a2b3c4d",
                            "sources": ["https://example.org/air"],
                            "group": {"name": "Classe de CM2", "size": 24},
                        },
                        {"stance": "against", "html": "<p>Et les bus ?</p>", "in_reply_to": "a"},
                        {"ref": "c", "text": "À voir."},
                    ],
                },
                {"ref": "p2", "title": "Cerrar", "text": "Sí.", "language": "es", "by": "Comité"},
                {"title": "Sans nom", "text": "…", "poll": {"method": "support"}},
            ],
        },
        OLD,
    ],
}
