"""Who could answer a need, and which needs an offer could answer: ranked, each with a score from 0 to 1 and reasons.

``weights`` is the table of what counts how much, ``points`` how well a country does on each factor, ``records`` what
countries can show, read in SQL. The same code ranks both ways, so that a need and an offer find each other with one
score. Reasons are codes and numbers that can be stored; ``words`` makes a sentence of one.
"""

from exchanges.matching.ranking import Candidate, NeedFound, needs_for, rank_offers, rank_practices, rank_providers
from exchanges.matching.upkeep import catch_up, match_need, match_offer
from exchanges.matching.wording import words

__all__ = [
    "Candidate",
    "NeedFound",
    "catch_up",
    "match_need",
    "match_offer",
    "needs_for",
    "rank_offers",
    "rank_practices",
    "rank_providers",
    "words",
]
