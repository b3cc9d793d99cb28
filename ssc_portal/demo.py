"""Who tries the portal: one account for each part that a person can play. A leaf, so that anyone may name them."""

from dataclasses import dataclass

PARTNER_ORGANISATION = ("demo-partner", "Demo partner organisation")


@dataclass(frozen=True)
class Account:
    """A demo account; ``role`` is a value of ``accounts.enums.Role``, ``country`` an ISO 3166-1 alpha-3 code or ""."""

    email: str
    name: str
    role: str
    country: str = ""
    language: str = "en"
    time_zone: str = "UTC"


ACCOUNTS = (
    Account("officer.bgd@demo.example", "Demo officer, Bangladesh", "officer", "BGD", time_zone="Asia/Dhaka"),
    Account("officer.per@demo.example", "Demo officer, Peru", "officer", "PER", "es", "America/Lima"),
    Account("focal.bgd@demo.example", "Demo focal point, Bangladesh", "focal_point", "BGD", time_zone="Asia/Dhaka"),
    Account("curator.one@demo.example", "Demo curator one", "curator", time_zone="Africa/Nairobi"),
    Account("curator.two@demo.example", "Demo curator two", "curator", language="fr", time_zone="Africa/Dakar"),
    Account("partner@demo.example", "Demo partner", "partner"),
    Account("admin@demo.example", "Demo administrator", "administrator"),
)
