"""The pages of the built book, and the screens on which they are looked at."""

from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
HTML = BOOK / "_build" / "html"
CHAPTERS = sorted(path.stem for path in BOOK.glob("[0-9]*.ipynb"))
PAGES = [
    "index",
    *CHAPTERS,
    "symptoms",
    "elsewhere",
    "where_next",
    "longer_answers",
    "speed",
    "desk",
    "translating",
    "errata",
    "ledger",
    "card",
    "faq",
    "teaching",
    "glossary",
    "api",
    "api_figures",
]
SCREENS = {"desktop": (1280, 1000), "phone": (390, 844)}
