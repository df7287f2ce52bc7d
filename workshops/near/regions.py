"""States, provinces and the parts of the United Kingdom: their letters and names."""

from __future__ import annotations

UNITED_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware",
    "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah",
    "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "AS": "American Samoa",
    "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico", "VI": "U.S. Virgin Islands",
}  # fmt: skip
CANADA = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick", "NL": "Newfoundland and Labrador", "NS": "Nova Scotia",
    "NT": "Northwest Territories", "NU": "Nunavut", "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip
UNITED_KINGDOM = {"ENG": "England", "NIR": "Northern Ireland", "SCT": "Scotland", "WLS": "Wales"}
REGIONS = {"US": UNITED_STATES, "CA": CANADA, "GB": UNITED_KINGDOM}
COUNTRIES = {
    "us": "US", "usa": "US", "united states": "US", "america": "US", "canada": "CA",
    "uk": "GB", "gb": "GB", "united kingdom": "GB", "great britain": "GB", "britain": "GB",
}  # fmt: skip

_CODES: dict[str, set[tuple[str, str]]] = {}
for _country, _regions in REGIONS.items():
    for _code, _name in _regions.items():
        _CODES.setdefault(_code.lower(), set()).add((_country, _code))
        _CODES.setdefault(_name.lower(), set()).add((_country, _code))
for _words, _country in COUNTRIES.items():
    _CODES.setdefault(_words, set()).add((_country, ""))


def region_codes(words: str) -> list[tuple[str, str]]:
    """What “fl”, “ontario” or “uk” may be: pairs of country and region, the region empty for a whole country."""
    return sorted(_CODES.get(words.lower().replace(".", ""), ()))


def region_shown(country: str, region: str) -> str:
    """How a place's label names where it lies: “FL”, “ON, Canada”, “England”."""
    if country == "CA":
        return f"{region}, Canada"
    return UNITED_KINGDOM[region] if country == "GB" else region
