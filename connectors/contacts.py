"""Phones and e-mail addresses in the one way this system writes them.

Source: phonenumbers (libphonenumber metadata); numbers without a country code are read as mainland Chinese.
"""

import re

import phonenumbers

REGION = "CN"
_MOBILE = re.compile(r"(?:\+86|0086)?(1[3-9][0-9]{9})")
"""What nearly everybody writes; the library's general way takes ten times as long."""
_SEPARATORS = str.maketrans("", "", " -")


def phone(written: str) -> str:
    """Return E.164 for a number that exists in its country's plan; anything else stays as written, trimmed."""
    if mobile := _MOBILE.fullmatch(written.translate(_SEPARATORS)):
        return f"+86{mobile[1]}"
    return e164(written) or written.strip()


def e164(written: str) -> str | None:
    """Return the number as `+86…`, None when no country's plan has it."""
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(written: str) -> str:
    """Return the address in lower case: no mailbox in use tells `Li@` from `li@`."""
    return written.strip().lower()
