"""How one value of a contact is shown once masked. Source of the shapes: facts on PIPL practice, GB/T 35273."""

import re

HIDDEN = "***"
_DIGITS = re.compile(r"\d+")
_OUR_COUNTRY = re.compile(r"^0*86(?=1)")
_DISTRICT = re.compile(
    r"^(?:[^\W\d_]{2,8}?(?:省|自治区|特别行政区))?(?:[^\W\d_]{2,8}?(?:市|州|盟))?(?:[^\W\d_]{1,8}?(?:区|區|县|縣|旗|市))?"
)


def mask_phone(phone: str) -> str:
    """`138****8000`: three digits in front and four at the end of a long number, two and two of a short one."""
    digits = "".join(_DIGITS.findall(phone))
    if len(digits) > 11:
        digits = _OUR_COUNTRY.sub("", digits)
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"{digits[:2]}****{digits[-2:]}" if len(digits) >= 7 else "****"


def mask_email(email: str) -> str:
    """`z***@example.com`: the first character and the domain."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}{HIDDEN}@{domain}"


def mask_name(name: str) -> str:
    """`张*`, `J***`: the first character only; the length of a Chinese name shows, of others not."""
    name = name.strip()
    if not name or name[0] == "*":
        return "*"
    return name[0] + ("*" * min(len(name) - 1, 3) or "*") if name[0] >= "\u3400" else f"{name[0]}{HIDDEN}"


def mask_address(address: str) -> str:
    """`上海市浦东新区***`: down to the district; an address that names none is hidden as a whole."""
    district = _DISTRICT.match(address.strip())
    return (district[0] if district else "") + HIDDEN


def mask_id_number(number: str) -> str:
    """`1****************7`: the first and the last character; the first six would tell where somebody is from."""
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def mask_card(number: str) -> str:
    """`************1234`: the last four digits."""
    return f"{'*' * (len(number) - 4)}{number[-4:]}"
