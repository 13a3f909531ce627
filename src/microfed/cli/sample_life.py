"""Sample life for the demo: who lives in the two towns, and what they say, in both languages."""

from dataclasses import dataclass
from typing import Literal

ZONE = "Europe/Paris"  # the clock of both
PASSWORD = "bonjour-voisins"  # noqa: S105 - printed on purpose: the demo is open to whoever runs it


@dataclass(frozen=True, slots=True)
class Town:
    """One of the two neighbourhoods."""

    key: str
    name: str
    port: int
    language: Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Saying:
    """Something somebody says."""

    who: str
    language: str
    text: str


TOWNS = (
    Town("belleville", "Belleville", 8001, "fr"),
    Town("menilmontant", "Ménilmontant", 8002, "en"),
)

# name, what to call them, role
MEMBERS = {
    "belleville": (
        ("amel", "Amel, fleuriste", "admin"),
        ("leo", "Léo, menuisier", "member"),
        ("ines", "Inès, qui coud", "member"),
    ),
    "menilmontant": (
        ("nora", "Nora, baker", "admin"),
        ("sam", "Sam, choir lead", "organiser"),
        ("ida", "Ida, piano", "member"),
    ),
}


@dataclass(frozen=True, slots=True)
class Gathering:
    """Something somebody plans, so many days from now."""

    who: str
    language: str
    title: str
    text: str
    place: str
    in_days: int
    hour: int
    capacity: int | None = None


GATHERINGS = (
    Gathering(
        "leo",
        "fr",
        "Café-réparation",
        "Apportez ce qui ne marche plus : grille-pain, lampes, vélos.",
        "Maison des associations",
        6,
        14,
        12,
    ),
    Gathering("sam", "en", "Choir", "New voices are welcome!", "The room above the bakery", 4, 19),
)

SAYINGS = (
    Saying("amel", "fr", "Bonjour le quartier ! La boutique ouvre à 9 h. #Bonjour"),
    Saying("nora", "en", "Good morning! The sourdough comes out of the oven at eight. #Bread"),
    Saying("leo", "fr", "Je prête ma perceuse jusqu’à dimanche, passez à l’atelier. #Entraide"),
    Saying("sam", "en", "The choir meets on Thursday at 7 pm. New voices are welcome! #Choir"),
    Saying("amel", "fr", "Qui peut m’aider à monter une étagère samedi matin ? #Entraide"),
    Saying("nora", "en", "Lost: a blue scarf near the fountain. Found: three umbrellas."),
    Saying("leo", "fr", "Repair café ce samedi à 14 h, à la maison des associations. #Réparer"),
    Saying("sam", "en", "Does anyone have a room where fifteen people can sing? #Help"),
    Saying("amel", "fr", "Les tulipes sont arrivées, il en reste pour le banc du square."),
    Saying("nora", "en", "Leftover bread goes to the community fridge at six tonight."),
)
