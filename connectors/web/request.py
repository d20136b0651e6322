"""What a complaint looks like when it is posted: the API's JSON, which the form's fields are turned into."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.complaint import Proof

EMAIL_PATTERN = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$"
)
"""As the HTML standard checks `<input type=email>`, with at least one dot in the domain."""
_EMAIL = re.compile(EMAIL_PATTERN.removesuffix("$"))
MAX_EMAIL_CHARS = 254


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("missing", "must not be blank")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("must be an e-mail address such as name@example.com")
    return text


Email = Annotated[
    str,
    Field(max_length=MAX_EMAIL_CHARS),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "maxLength": MAX_EMAIL_CHARS, "pattern": EMAIL_PATTERN}),
]
Name = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=500)]
Passage = Annotated[str, Field(max_length=2000)]
Word = Annotated[str, Field(max_length=64)]
_FILLED = {"type": "string", "minLength": 1, "pattern": r"\S"}
Filled = Annotated[str, Field(min_length=1), AfterValidator(_not_blank), WithJsonSchema(_FILLED)]
Identifier = Annotated[
    str, Field(min_length=1, max_length=128), AfterValidator(_not_blank), WithJsonSchema(_FILLED | {"maxLength": 128})
]
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"


class Posted(BaseModel):
    """Unknown fields are accepted and left out; the raw bytes keep them."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PostedSender(Posted):
    """Who complains; all of it may be left out."""

    name: Name | None = None
    phones: Annotated[
        tuple[Identifier, ...], Field(max_length=5, description="As written; made E.164 where possible")
    ] = ()
    emails: Annotated[tuple[Email, ...], Field(max_length=5, description="The first gets the acknowledgement")] = ()
    address: Line | None = None
    openid: Identifier | None = Field(None, description="Needs a token with the scope `identify`")
    customer_no: Identifier | None = Field(None, description="Needs a token with the scope `identify`")
    proofs: dict[str, Proof] = Field(
        default_factory=dict, max_length=20, description="Identifier → how proven; needs the scope `identify`"
    )


class PostedStated(Posted):
    """What the sender states in fields, as written."""

    store: Line | None = None
    counter: Line | None = None
    product: Line | None = None
    model: Line | None = None
    order_no: Line | None = None
    batch_no: Line | None = None
    quantity: Line | None = None
    amount: Line | None = None
    event_date: Line | None = None
    salesperson: Line | None = None
    desired_resolution: Passage | None = None
    category: Word | None = None


class PostedPrivacy(Posted):
    """What the sender was told and agreed to."""

    notice_version: Word | None = None
    consents: Annotated[tuple[Word, ...], Field(max_length=10)] = ()
    minor_under_14: StrictBool = False


class ComplaintRequest(Posted):
    """One complaint as it is posted."""

    text: Filled = Field(description="What happened, in the sender's own words")
    subject: Line | None = None
    sender: PostedSender | None = None
    stated: PostedStated | None = None
    language: Annotated[str, Field(pattern=LANGUAGE_PATTERN)] | None = Field(
        None, description="BCP 47; left out: recognised from the text"
    )
    privacy: PostedPrivacy | None = None
