"""Phone numbers in E.164; without a country code they are read as mainland Chinese.

Source: phonenumbers (libphonenumber metadata).
"""

import re

from connectors import contacts

CHINA = "86"
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
"""What nearly every push carries; the library's general way takes ten times as long."""
_COUNTRY_CODE = re.compile(r"[1-9][0-9]{0,2}")
_SEPARATORS = str.maketrans("", "", " -")


def e164(written: str, country_code: str = CHINA) -> str | None:
    """Return the number as `+86…`, or None when no country's plan has it. `country_code` is digits, as Tencent's."""
    compact = written.translate(_SEPARATORS)
    if country_code == CHINA and (mobile := _MOBILE.fullmatch(compact)):
        return f"+{CHINA}{mobile[1]}"
    if not _COUNTRY_CODE.fullmatch(country_code):
        return None
    whole = compact if country_code == CHINA or compact.startswith(("+", "00")) else f"+{country_code}{compact}"
    return contacts.e164(whole)
