"""Figures inside a text that follow the data: `{{问题总数}}` stands for today's number until the text is released."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TOKEN = re.compile(r"\{\{\s*([^{}]{1,40}?)\s*\}\}")


@dataclass(frozen=True)
class Piece:
    """A run of a text. `token` is the name of the figure it came from, "" for typed words; `known` False: no such
    figure, the words are the token as typed."""

    text: str
    token: str = ""
    known: bool = True


def pieces(text: str, figures: Mapping[str, str]) -> list[Piece]:
    """The text cut at its figures, each with its value."""
    found, at = [], 0
    for match in TOKEN.finditer(text):
        if match.start() > at:
            found.append(Piece(text[at : match.start()]))
        known = match[1] in figures
        found.append(Piece(figures[match[1]] if known else match[0], match[1], known))
        at = match.end()
    if at < len(text):
        found.append(Piece(text[at:]))
    return found


def fill(text: str, figures: Mapping[str, str]) -> str:
    """The text with every figure it knows; an unknown one stays as typed."""
    return "".join(piece.text for piece in pieces(text, figures))


def unknown(text: str, figures: Mapping[str, str]) -> list[str]:
    """Names no figure has, each once, and a brace that was never closed."""
    names = list(dict.fromkeys(p.token for p in pieces(text, figures) if not p.known))
    rest = "".join(p.text for p in pieces(text, figures) if p.known)
    return [*names, *(["{{"] if "{{" in rest or "}}" in rest else [])]


def token(name: str) -> str:
    return f"{{{{{name}}}}}"
