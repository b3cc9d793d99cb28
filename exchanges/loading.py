"""Load what took place outside the portal: the exchanges and funds of ``fixtures/``, told from public sources.

Only what differs is written, so loading them again changes nothing. A fund, project or contribution that somebody has
changed in the portal is theirs from then on and is left alone.
"""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Organisation
from exchanges import changes
from exchanges.enums import EventKind, ExchangeForm, ExchangeStatus, Modality, PartyRole
from exchanges.models import Contribution, Exchange, ExchangeEvent, Fund, Party, Project
from exchanges.numbering import give_code
from practices.models import Adoption, Practice
from practices.serial import raise_public_serial

# The words of the collection → the portal's list.
MODALITIES = {
    "advisers": Modality.EXPERT_MISSION,
    "certification": Modality.KNOWLEDGE_PRODUCT,
    "equipment": Modality.EQUIPMENT,
    "expert exchange": Modality.EXPERT_MISSION,
    "expert mission": Modality.EXPERT_MISSION,
    "funding": Modality.FUNDING,
    "grant": Modality.FUNDING,
    "joint research": Modality.JOINT_RESEARCH,
    "knowledge products": Modality.KNOWLEDGE_PRODUCT,
    "materials": Modality.EQUIPMENT,
    "mentoring": Modality.TWINNING,
    "policy advice": Modality.POLICY_DIALOGUE,
    "results-based finance": Modality.FUNDING,
    "services": None,  # what an agency carried out itself is not help from country to country
    "study visit": Modality.STUDY_VISIT,
    "supplies": Modality.EQUIPMENT,
    "technical assistance": Modality.EXPERT_MISSION,
    "technical design": Modality.EXPERT_MISSION,
    "training": Modality.IN_SERVICE_TRAINING,
}
_ROLES = {
    "providers": PartyRole.PROVIDER,
    "beneficiaries": PartyRole.BENEFICIARY,
    "facilitators": PartyRole.FACILITATOR,
}


def modalities_of(words):
    """The forms of assistance that ``words`` stand for, each once, in order. Raises KeyError for unknown words."""
    return list(dict.fromkeys(MODALITIES[word] for word in words if MODALITIES[word]))


def form_of(countries_count, *, has_facilitator):
    """Triangular where a third side facilitates; else regional from three countries on; else bilateral."""
    if has_facilitator:
        return ExchangeForm.TRIANGULAR
    return ExchangeForm.REGIONAL if countries_count > 2 else ExchangeForm.BILATERAL


@transaction.atomic
def load_exchanges(content):
    """Write recorded exchanges as in ``fixtures/exchanges.json``. Returns how many exchanges were new or changed."""
    organisations = _organisations(content["organisations"])
    rows = content["exchanges"]
    stored = Exchange.objects.filter(external_id__in=[row["id"] for row in rows]).prefetch_related(
        "parties", "challenge_areas", "topics", "practices", "adoptions"
    )
    stored = {exchange.external_id: exchange for exchange in stored}
    practices = Practice.objects.in_bulk([row["practice"] for row in rows if row["practice"]], field_name="external_id")
    adoptions = {}
    for adoption in Adoption.objects.filter(practice__in=practices.values()):
        adoptions.setdefault((adoption.practice_id, adoption.country_id), []).append(adoption)
    written = []
    for row in rows:
        exchange = stored.get(row["id"])
        columns = _exchange_columns(row)
        is_new = exchange is None
        if is_new:
            now = timezone.now()
            exchange = Exchange(
                external_id=row["id"], status=ExchangeStatus.RECORDED, published_at=now, created_at=now, **columns
            )
            give_code(exchange, row["start_year"])
            exchange.save()
            ExchangeEvent.objects.create(
                exchange=exchange, kind=EventKind.RECORDED, actor=None, to_status=ExchangeStatus.RECORDED, at=now
            )
        practice = practices.get(row["practice"])
        adopted = []
        if practice and practice.country_id in row["providers"]:
            adopted = [one for code in row["beneficiaries"] for one in adoptions.get((practice.pk, code), [])]
        differs = [
            not is_new and _write_columns(exchange, columns),
            _write_parties(exchange, row, organisations),
            _relate(exchange.challenge_areas, row["challenge_areas"]),
            _relate(exchange.topics, row["topics"]),
            _relate(exchange.practices, [practice.pk] if practice else []),
            _relate(exchange.adoptions, [one.pk for one in adopted]),
        ]
        if is_new or any(differs):
            written.append(exchange.pk)
    if written:
        raise_public_serial()
        changes.note_all(Exchange.objects.filter(pk__in=written))
    return len(written)


@transaction.atomic
def load_funds(content):
    """Write funds, projects and contributions as in ``fixtures/funds.json``, after the exchanges that they name.

    Returns how many rows were new or changed.
    """
    organisations = _organisations(content["organisations"])
    exchanges = Exchange.objects.exclude(external_id=None).in_bulk(field_name="external_id")
    written, concerned = 0, set()

    funds = _stored(Fund, content["funds"], "challenge_areas")
    for row in content["funds"]:
        columns = _fund_columns(row, organisations)
        funds[row["id"]], is_written = _write(Fund, funds.get(row["id"]), row["id"], columns)
        written += _relate_unless_maintained(funds[row["id"]], challenge_areas=row["challenge_areas"]) or is_written

    projects = _stored(Project, content["projects"], "challenge_areas", "countries", "exchanges")
    for row in content["projects"]:
        columns = _project_columns(row) | {"fund_id": funds[row["fund"]].pk}
        project, is_written = _write(Project, projects.get(row["id"]), row["id"], columns, year=row["start_year"])
        projects[row["id"]] = project
        related = {
            "challenge_areas": row["challenge_areas"],
            "countries": row["countries"],
            "exchanges": [exchanges[row["exchange"]].pk] if row["exchange"] else [],
        }
        is_written = _relate_unless_maintained(project, **related) or is_written
        concerned |= {row["exchange"]} if is_written else set()
        written += is_written

    contributions = _stored(Contribution, content["contributions"])
    for row in content["contributions"]:
        columns = _contribution_columns(row, exchanges)
        is_written = _write(Contribution, contributions.get(row["id"]), row["id"], columns)[1]
        concerned |= {row["exchange"]} if is_written else set()
        written += is_written

    if written:
        raise_public_serial()
        changes.note_all(Exchange.objects.filter(external_id__in=concerned - {None}))
    return written


def _exchange_columns(row):
    countries = {*row["providers"], *row["beneficiaries"]}
    return {
        "form": form_of(len(countries), has_facilitator=bool(row["facilitators"])),
        "title": row["title"],
        "topic": row["topic"],
        "modalities": modalities_of(row["modalities"]),
        "start_year": row["start_year"],
        "end_year": row["end_year"],
        "outcome": row["outcome"],
        "sources": row["sources"],
        "is_verified": row["verified"],
    } | _amount(row)


def _fund_columns(row, organisations):
    return {
        "slug": row["slug"],
        "name": row["name"],
        "organisation_id": organisations[row["organisation"]].pk if row["organisation"] else None,
        "host": row["host"],
        "since_year": row["since_year"],
        "size_text": row["size_text"],
        "size": _decimal(row["size"]),
        "currency": row["currency"],
        "size_as_of": row["size_as_of"],
        "eligibility": row["eligibility"],
        "link": row["link"],
        "note": row["note"],
        "sources": row["sources"],
        "is_verified": row["verified"],
    }


def _project_columns(row):
    return {
        "title": row["title"],
        "description": row["description"],
        "status": row["status"],
        "start_year": row["start_year"],
        "end_year": row["end_year"],
        "outcome": row["outcome"],
        "sources": row["sources"],
        "is_verified": row["verified"],
    } | _amount(row)


def _contribution_columns(row, exchanges):
    return {
        "kind": row["kind"],
        "country_id": row["country"],
        "exchange_id": exchanges[row["exchange"]].pk,
        "description": row["description"],
        "committed": _decimal(row["committed"]),
        "currency": row["currency"],
        "value_on": date.fromisoformat(row["value_on"]),
        "source": row["source"],
    }


def _amount(row):
    return {"amount_text": row["amount_text"], "amount": _decimal(row["amount"]), "currency": row["currency"]}


def _decimal(text):
    return None if text is None else Decimal(text)


def _organisations(facts):
    """The organisations of ``facts`` ({name: {kind, country}}), made where they are missing: {name: Organisation}."""
    stored = {(one.name, one.country_id): one for one in Organisation.objects.filter(name__in=facts)}
    found = {}
    for name, fact in facts.items():
        key = (name, fact["country"])
        if key not in stored:
            slug = slugify(name)[:70].strip("-")
            if Organisation.objects.filter(slug=slug).exists():
                slug = f"{slug}-{(fact['country'] or 'global').lower()}"
            stored[key] = Organisation.objects.create(
                name=name, slug=slug, kind=fact["kind"], country_id=fact["country"]
            )
        found[name] = stored[key]
    return found


def _stored(model, rows, *related):
    found = model.objects.filter(external_id__in=[row["id"] for row in rows]).prefetch_related(*related)
    return {row.external_id: row for row in found}


def _is_maintained(row):
    """Whether somebody has changed it in the portal since."""
    return row.updated_by_id is not None


def _write(model, row, key, columns, *, year=None):
    """(the row under ``key``, whether it was made or changed)."""
    if row is None:
        row = model(external_id=key, **columns)
        if year:
            give_code(row, year)
        row.save()
        return row, True
    return row, not _is_maintained(row) and _write_columns(row, columns)


def _write_columns(row, columns):
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, columns[name])
    if changed:
        row.updated_at = timezone.now()
        row.save()
    return bool(changed)


def _write_parties(exchange, row, organisations):
    wanted = []
    for name, role in _ROLES.items():
        for one in row[name]:
            facts = {"country": one} if isinstance(one, str) else one
            organisation = organisations[facts["organisation"]].pk if "organisation" in facts else None
            wanted.append((role, facts.get("country"), organisation, facts.get("institution", "")))
    stored = [(one.role, one.country_id, one.organisation_id, one.institution) for one in exchange.parties.all()]
    if stored == wanted:
        return False
    exchange.parties.all().delete()
    Party.objects.bulk_create(
        [
            Party(
                exchange=exchange,
                role=role,
                country_id=country,
                organisation_id=organisation,
                institution=institution,
                position=position,
            )
            for position, (role, country, organisation, institution) in enumerate(wanted)
        ]
    )
    return True


def _relate(manager, keys):
    """Point to the rows under ``keys`` and to no others; whether that changed anything."""
    if {row.pk for row in manager.all()} == set(keys):
        return False
    manager.set(keys)
    return True


def _relate_unless_maintained(row, **related):
    if _is_maintained(row):
        return False
    differs = [_relate(getattr(row, name), keys) for name, keys in related.items()]
    return any(differs)
