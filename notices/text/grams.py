"""A text as the pairs of neighbouring characters in it, for the index of the search. Pure.

Chinese has no blanks between words, and most words people look for have two characters: an index of pairs answers
them all. Pairs only choose candidates, the database compares the text itself; so a pair may stand for more than it
should, never for less: characters that any database takes for the same letter must give the same pair.
"""

# The index of SQLite parts tokens at every ASCII character that is no letter or digit: these move out of its way.
_ASIDE = {n: 0xE000 + n for n in range(128) if not chr(n).isalnum()}


def folded(text: str) -> str:
    """Character by character without case, more coarsely than databases do it (ß = ẞ = ss, ı = i)."""
    return text.upper().casefold().translate(_ASIDE)


def pairs(text: str) -> set[str]:
    """Every two neighbours of the folded text; empty for a single character."""
    plain = folded(text)
    return set(map("".join, zip(plain, plain[1:], strict=False)))
