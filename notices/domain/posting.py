"""Digests to groups: due rows with an outlet in the recipient's place; one post per outlet and day."""

from notices.domain import digests, reminder_words, robots, wording
from notices.domain.book import Book, Moment, Tally
from notices.domain.digests import OUTLETS, Good
from notices.terms import WordingKind


def backlog(moment: Moment) -> int:
    return digests.sendable(OUTLETS, moment).count()


def deliver(moment: Moment, book: Book, tally: Tally) -> None:
    waiting = digests.sendable(OUTLETS, moment).order_by("outlet_id")
    known, words = {outlet.pk: outlet for outlet in book.outlets}, wording.load()

    def send(pk: int, good: Good) -> str:
        items = reminder_words.items(good, today=moment.today)
        text = words.of(WordingKind.POST, {item.notice_id for item in items})
        said = reminder_words.post(items, today=moment.today, text=text)
        return robots.send(known[pk], said, at=moment.now(), ids=[row.pk for row, _ in good])

    keys = list(waiting.values_list("outlet_id", flat=True).distinct())
    tally.posted.update(digests.send_each(OUTLETS, keys, send, moment, book, tally))
