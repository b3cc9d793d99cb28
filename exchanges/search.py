"""Finding offers, needs and exchanges by words: PostgreSQL's text search without stems, in any language; a leaf.

Accents do not count, and a word stands for all words that begin with it.
"""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector

CONFIGURATION = "ssc_words"
MOST_WORDS = 12
_WORD = re.compile(r"\w+")


def vector(*columns):
    """The words of the text ``columns`` of a row; an index holds the very same expression."""
    return SearchVector(*columns, config=CONFIGURATION)


# What is searched of each table, nothing that only its parties may read.
OFFER_WORDS = vector("code", "title", "summary", "capacity_note", "conditions")
NEED_WORDS = vector("code", "title", "summary", "outcome", "beneficiaries")
EXCHANGE_WORDS = vector("code", "title", "topic", "objective", "outputs", "outcome", "lessons")
# Funds and projects are few: no index.
FUND_WORDS = vector("name", "host", "eligibility", "note")
PROJECT_WORDS = vector("code", "title", "description", "outcome")


def words_in(text):
    """The first words of ``text``, letters and digits only."""
    return _WORD.findall(text)[:MOST_WORDS]


def beginning_with(word):
    """What finds all words that begin with ``word``, one of ``words_in``."""
    return SearchQuery(f"{word}:*", config=CONFIGURATION, search_type="raw")


def rank_of_title(words, column="title"):
    """How much of the title the ``words`` are; more is better."""
    query = beginning_with(words[0])
    for word in words[1:]:
        query |= beginning_with(word)
    return SearchRank(vector(column), query)
