"""A calendar of whole days in the form of RFC 5545. Pure; folding and escaping are the library's."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from icalendar import Calendar, Event


@dataclass(frozen=True)
class CalendarEvent:
    """`uid` stays the same as long as it is the same matter on the same day."""

    uid: str
    day: dt.date
    title: str


def calendar(name: str, events: Iterable[CalendarEvent], *, at: dt.datetime) -> bytes:
    """`at` is the stamp of every event. UTF-8, CRLF, lines folded at 75 octets."""
    made = Calendar()
    made.add("prodid", "-//rectification tracker//calendar//ZH")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for each in events:
        event = Event()
        event.add("uid", each.uid)
        event.add("dtstamp", at.astimezone(dt.UTC))
        event.add("dtstart", each.day)
        event.add("dtend", each.day + dt.timedelta(days=1))
        event.add("summary", each.title.replace("\n", " "))
        event.add("transp", "TRANSPARENT")
        made.add_component(event)
    return bytes(made.to_ical())
