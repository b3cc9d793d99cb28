"""The tables of practices: reference data, practices and their living rows, frozen versions, and what is derived."""

from practices.models.index import PracticeIndex, PracticeText, PublicState, ValidityCheck
from practices.models.practice import Adoption, Brief, Contact, Practice, PracticeLink, Translation
from practices.models.reference import ChallengeArea, SdgGoal, SdgTarget, Topic
from practices.models.version import (
    BuildingBlock,
    Lesson,
    PartnerRole,
    Reference,
    ResultIndicator,
    Version,
    VersionArea,
    VersionCountry,
    VersionInstitution,
    VersionTarget,
    VersionTopic,
)

__all__ = [
    "Adoption",
    "Brief",
    "BuildingBlock",
    "ChallengeArea",
    "Contact",
    "Lesson",
    "PartnerRole",
    "Practice",
    "PracticeIndex",
    "PracticeLink",
    "PracticeText",
    "PublicState",
    "Reference",
    "ResultIndicator",
    "SdgGoal",
    "SdgTarget",
    "Topic",
    "Translation",
    "ValidityCheck",
    "Version",
    "VersionArea",
    "VersionCountry",
    "VersionInstitution",
    "VersionTarget",
    "VersionTopic",
]
