"""Load the countries of ``fixtures/countries.json``; loading them again changes nothing."""

from countries.models import Country

_COLUMNS = [
    "iso2",
    "m49",
    "names",
    "un_status",
    "un_region",
    "un_subregion",
    "unicef_region",
    "income_group",
    "is_ldc",
    "is_lldc",
    "is_sids",
    "is_g77",
    "is_developing_region",
    "is_global_south",
    "capital_name",
    "capital_latitude",
    "capital_longitude",
    "official_languages",
]


def load_countries(rows):
    """Write ``rows`` (as in the fixture) as Country rows, in one statement. Returns how many there are."""
    Country.objects.bulk_create(
        [_country(row) for row in rows], update_conflicts=True, unique_fields=["iso3"], update_fields=_COLUMNS
    )
    return len(rows)


def _country(row):
    capital = row["capital"] or {}
    return Country(
        iso3=row["iso3"],
        iso2=row["iso2"],
        m49=row["m49"],
        names=row["names"],
        un_status=row["un_status"] or "",
        un_region=row["un_region"] or "",
        un_subregion=row["un_subregion"] or "",
        unicef_region=row["unicef_region"] or "",
        income_group=row["income_group"] or "",
        is_ldc=row["ldc"],
        is_lldc=row["lldc"],
        is_sids=row["sids"],
        is_g77=row["g77"],
        is_developing_region=row["developing_region"],
        is_global_south=row["global_south"],
        capital_name=capital.get("name") or "",
        capital_latitude=capital.get("lat"),
        capital_longitude=capital.get("lon"),
        official_languages=row["official_languages"],
    )
