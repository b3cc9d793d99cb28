"""The tables of technical assistance and resources, by what they are about."""

from exchanges.models.assistance import Match, Need, NeedCountry, NeedEvent, Offer, OfferEvent
from exchanges.models.calendar import CalendarAddress
from exchanges.models.changes import ExchangeChange, NeedChange, OfferChange
from exchanges.models.exchange import (
    Activity,
    Amendment,
    Appraisal,
    Attendance,
    BudgetLine,
    Commitment,
    Document,
    Exchange,
    ExchangeEvent,
    FollowUp,
    Message,
    Milestone,
    Party,
    Report,
    Signature,
)
from exchanges.models.resources import Call, Contribution, Fund, ImpactFigure, Project

__all__ = [
    "Activity",
    "Amendment",
    "Appraisal",
    "Attendance",
    "BudgetLine",
    "CalendarAddress",
    "Call",
    "Commitment",
    "Contribution",
    "Document",
    "Exchange",
    "ExchangeChange",
    "ExchangeEvent",
    "FollowUp",
    "Fund",
    "ImpactFigure",
    "Match",
    "Message",
    "Milestone",
    "Need",
    "NeedChange",
    "NeedCountry",
    "NeedEvent",
    "Offer",
    "OfferChange",
    "OfferEvent",
    "Party",
    "Project",
    "Report",
    "Signature",
]
