"""Rows of the search index, written by domain/search.py and checked by `check_search`.

An entry's key is made of the object's key and its kind, so that the index proper needs no look-up to name the object.
Marks are written by triggers of the database (migration 0018) in the transaction of every change of a text: an object
that is marked is compared by its present text until the index has caught up, so no answer is ever out of date.
"""

from django.db import models

KIND_BITS = 3  # the lowest bits of an entry's key: its kind


class SearchEntry(models.Model):
    """What was indexed of one object. On PostgreSQL the row has a column `pairs` with an inverted index as well, on
    SQLite its pairs stand in the virtual table notices_searchindex under the same key."""

    id = models.BigIntegerField(primary_key=True)
    text = models.TextField("已编入索引的文字")

    class Meta:
        verbose_name = verbose_name_plural = "检索条目"

    def __str__(self) -> str:
        return self.text[:30]


class SearchMark(models.Model):
    """An object whose texts changed since it was indexed. Only added and taken away, so marks never wait for each other."""

    entry = models.BigIntegerField("检索条目")

    class Meta:
        verbose_name = verbose_name_plural = "检索待更新"

    def __str__(self) -> str:
        return str(self.entry)
