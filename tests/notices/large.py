"""A ledger that a form refuses only for its size and that costs little to read: few rows, then empty lines."""

from accounts.files.limits import FORM

HEADER = "序号,方面,反馈问题,整改措施,责任领导,牵头单位,整改时限"
OVER = FORM.rows + 300


def rows_of(count):
    return [f"{n},学习方面,问题{n},修订第{n}号办法,樊领导,青禾镇,2026年12月底前" for n in range(1, count + 1)]


def ledger(count, *, lines=OVER):
    """CSV with `count` measures, each under an issue of its own."""
    return "\n".join([HEADER, *rows_of(count), *[","] * (lines - count)]).encode("utf-8-sig")
