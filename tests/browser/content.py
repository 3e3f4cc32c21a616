"""What is deliberated in a town: consultations in three languages, in every state."""

from typing import Any

CLOSES = "2026-07-01T00:00:00Z"
OPEN: dict[str, Any] = {"closes": CLOSES, "counts_from": 0}
BEFORE = """La rive droite devient une promenade entre le pont Vieux et la halle.

## Ce qui change

- Les 84 places de stationnement sont rendues au marché.
- La navette gratuite passe toutes les demi-heures.
"""
RIGHT_BANK = """La rive droite devient une promenade entre le pont Vieux et la halle. Les \
riverains et les livraisons y passent encore de 6 h à 10 h.

## Ce qui change

- Les 84 places de stationnement sont rendues au marché couvert.
- La navette gratuite passe toutes les quinze minutes.
- Des bancs tous les cinquante mètres, et de l'ombre.

## Ce que cela coûte

Le coût est estimé à 640 000 €, dont la moitié est payée par la Région. Les travaux durent \
deux hivers ; le pont reste ouvert.
"""
ARGUMENTS: list[dict[str, Any]] = [
    {
        "ref": "enfants",
        "stance": "for",
        "language": "fr",
        "by": "Léa Martin",
        "text": "Les enfants iront seuls à l'école : aujourd'hui personne ne laisse un enfant "
        "de huit ans traverser le quai à huit heures du matin.",
        "published": "2026-04-20T08:10:00Z",
    },
    {
        "ref": "ecole",
        "stance": "neutral",
        "language": "fr",
        "by": "Bruno Petit",
        "text": "À condition que le carrefour du lavoir soit refait aussi. Il est plus dangereux "
        "que le quai lui-même.",
        "group": {"name": "Atelier des écoles", "size": 12},
        "in_reply_to": "enfants",
        "published": "2026-04-21T17:45:00Z",
    },
    {
        "ref": "crue",
        "stance": "for",
        "language": "fr",
        "by": "Association Loue vivante",
        "text": "Un sol perméable retient la crue. En 2024, l'eau est montée dans *douze caves* "
        "parce que l'enrobé la renvoie vers la rue basse.",
        "sources": ["https://loue-vivante.example/crues/2024"],
        "published": "2026-04-22T09:00:00Z",
    },
    {
        "ref": "commerces",
        "stance": "against",
        "language": "fr",
        "by": "Paul Roche",
        "text": "Les commerces du bas perdent leurs clients de passage. La boulangerie a déjà "
        "fermé le lundi, faute de stationnement devant la porte.",
        "published": "2026-04-20T12:00:00Z",
    },
    {
        "ref": "marche",
        "stance": "against",
        "language": "fr",
        "by": "Léa Martin",
        "text": "Le marché couvert est à trois minutes à pied, et il y aura 84 places de plus.",
        "in_reply_to": "commerces",
        "published": "2026-04-20T18:30:00Z",
    },
    {
        "ref": "orilla",
        "stance": "neutral",
        "language": "es",
        "by": "Vecinos de Villa Ribera",
        "text": "Nosotros lo hicimos un domingo por mes antes de decidir. "
        "Recomendamos empezar así.",
        "published": "2026-04-25T14:00:00Z",
    },
]
TOWN: dict[str, Any] = {
    "dosfed": 1,
    "organiser": {"name": "mairie", "title": "Ville de Sauveterre-sur-Loue"},
    "consultations": [
        {
            "name": "quais",
            "title": "Que faire de nos quais ?",
            "language": "fr",
            "summary": "La Loue déborde plus souvent, les voitures occupent les deux rives et "
            "les enfants n'ont plus de place au bord de l'eau. Avant de refaire les quais, la "
            "ville vous demande ce qu'ils doivent devenir.",
            "opens": "2026-04-01T00:00:00Z",
            "closes": "2026-09-01T00:00:00Z",
            "needs_facilitator": True,
            "meetings": [
                {
                    "title": "Promenade commentée",
                    "place": "Sous la halle",
                    "summary": "On marche du pont Vieux au lavoir, avec des plans.",
                    "starts": "2026-05-09T08:00:00Z",
                    "ends": "2026-05-09T10:00:00Z",
                }
            ],
            "phases": [
                {
                    "kind": "information",
                    "opens": "2026-04-01T00:00:00Z",
                    "closes": "2026-04-15T00:00:00Z",
                },
                {
                    "kind": "proposals",
                    "opens": "2026-04-15T00:00:00Z",
                    "closes": "2026-06-01T00:00:00Z",
                },
                {"kind": "voting", "opens": "2026-06-01T00:00:00Z", "closes": CLOSES},
            ],
            "proposals": [
                {
                    "ref": "droite",
                    "title": "Fermer la rive droite aux voitures",
                    "text": RIGHT_BANK,
                    "tags": ["mobilité", "rive droite"],
                    "versions": [
                        {
                            "title": "Fermer la rive droite",
                            "text": BEFORE,
                            "note": "Le coût est connu, et la navette passe plus souvent.",
                            "by": "author",
                            "replaced": "2026-04-18T08:00:00Z",
                        }
                    ],
                    "poll": {"method": "agree", **OPEN},
                    "arguments": ARGUMENTS,
                },
                {
                    "ref": "chantier",
                    "title": "Par où commencer les travaux ?",
                    "text": "Un seul tronçon peut être refait chaque année. Lequel en premier ?",
                    "poll": {
                        "method": "single",
                        "options": ["Du pont Vieux à la halle", "De la halle au lavoir", "L'île"],
                        **OPEN,
                    },
                },
                {
                    "ref": "usages",
                    "title": "Quels usages au bord de l'eau ?",
                    "text": "Choisissez tout ce que vous voudriez y trouver.",
                    "poll": {
                        "method": "multiple",
                        "options": ["Des jeux", "Un marché", "Des jardins", "Un ponton"],
                        **OPEN,
                    },
                },
                {
                    "ref": "navette",
                    "title": "Une navette le samedi soir",
                    "by": "Léa Martin",
                    "tags": ["mobilité"],
                    "group": {"name": "Atelier du lycée", "size": 23},
                    "text": "Entre la gare et le pont Vieux, jusqu'à une heure du matin.",
                    "poll": {"method": "support", "closes": CLOSES, "counts": "hidden"},
                },
                {
                    "ref": "lavoir",
                    "title": "Rouvrir le lavoir",
                    "text": "Le toit est sûr depuis l'an dernier.",
                    "poll": {
                        "method": "agree",
                        "closes": "2026-04-20T00:00:00Z",
                        "result": {
                            "from": "bulletin municipal de janvier 2026",
                            "closed": "2026-04-20T00:00:00Z",
                            "ballots": [412, 37, 150],
                            "voters": 599,
                        },
                    },
                },
                {"ref": "bancs", "title": "Des bancs à l'ombre", "text": "Sous les tilleuls."},
                {"ref": "withheld", "title": "Chez Monsieur X", "text": "Il habite au 3."},
            ],
        },
        {
            "name": "budget",
            "title": "Presupuesto participativo 2027",
            "language": "es",
            "summary": "Cien mil euros que deciden los vecinos.",
            "opens": "2026-06-15T00:00:00Z",
            "closes": "2026-12-01T00:00:00Z",
            "proposals": [],
        },
        {
            "name": "trees",
            "title": "Which trees for the main square?",
            "language": "en",
            "summary": "The plane trees are ill. The council asked before planting anew.",
            "opens": "2026-01-01T00:00:00Z",
            "closes": "2026-03-01T00:00:00Z",
            "proposals": [
                {
                    "ref": "limes",
                    "title": "Lime trees, as before the war",
                    "text": "They stood here until 1943.",
                    "poll": {"method": "agree", "closes": "2026-03-01T00:00:00Z"},
                }
            ],
        },
        {
            "name": "squares",
            "title": "Small squares, big ideas",
            "language": "en",
            "summary": "Whatever you would do with the nine small squares of the old town.",
            "opens": "2026-04-01T00:00:00Z",
            "closes": "2026-06-10T00:00:00Z",
            "needs_facilitator": False,
            "proposals": [],
        },
    ],
}
