"""What counts how much, in one table. A factor that the need does not ask about leaves its weight to the others.

==========  ======  ==============================================================================================
factor      weight  points, from 0 to 1
==========  ======  ==============================================================================================
area          0.12  mean over the challenge areas of the need: 1 where the offer names it, KNOWN where the country
                    has documented a practice or given an exchange in it, else 0
topic         0.20  the same for the topics of the need
practice      0.16  the practice that is wanted: 1 for who documented it or offers it, ADOPTED for who took it over
modality      0.08  mean over the forms of assistance asked for: 1 where the offer names it, KNOWN where the country
                    has given an exchange in this form, else 0
language      0.08  half for a working language of the need that is one of the country or of its offer, half for the
                    share of asking countries with an official language that is
context       0.06  mean similarity to the asking countries by indicators, income and status
                    (``countries.similarity``; region and language count for themselves)
practices     0.08  live practices in the areas or on the topics, each by its evidence (0.2 to 1), against
                    HALF_WAY["practices"]
adoptions     0.05  how often other countries took these practices over, against HALF_WAY["adoptions"]
exchanges     0.10  exchanges given, those in other areas and topics at ELSEWHERE, against HALF_WAY["exchanges"]
window        0.03  with an open offer: the share of the need's time that it covers (1 without days); else 0
capacity      0.02  with an open offer: the share of asking countries that it still has room for (1 where it names no
                    number); else 0
region        0.02  the share of asking countries in the country's own UNICEF region or in one that its offer is
                    meant for; an offer that names none is meant for all
==========  ======  ==============================================================================================

"Against" a number h means x / (x + h): half the points at h, and ever less for each further one.
"""

from exchanges.enums import MatchFactor

WEIGHTS = {
    MatchFactor.AREA: 0.12,
    MatchFactor.TOPIC: 0.20,
    MatchFactor.PRACTICE: 0.16,
    MatchFactor.MODALITY: 0.08,
    MatchFactor.LANGUAGE: 0.06,
    MatchFactor.CONTEXT: 0.06,
    MatchFactor.PRACTICES: 0.08,
    MatchFactor.ADOPTIONS: 0.05,
    MatchFactor.EXCHANGES: 0.12,
    MatchFactor.WINDOW: 0.03,
    MatchFactor.CAPACITY: 0.02,
    MatchFactor.REGION: 0.02,
}
# A practice that a need could learn from is ranked by what can be said of it alone.
PRACTICE_WEIGHTS = {
    MatchFactor.AREA: 0.20,
    MatchFactor.TOPIC: 0.35,
    MatchFactor.LANGUAGE: 0.10,
    MatchFactor.CONTEXT: 0.10,
    MatchFactor.EVIDENCE: 0.15,
    MatchFactor.ADOPTIONS: 0.10,
}
# An offer is a promise; what a country has done before is a sign.
KNOWN = 0.6
ADOPTED = 0.7
ELSEWHERE = 0.25
HALF_WAY = {MatchFactor.PRACTICES: 2.0, MatchFactor.ADOPTIONS: 4.0, MatchFactor.EXCHANGES: 2.0}
