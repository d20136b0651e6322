"""How complaints are linked: what each piece of evidence is worth, thresholds, windows, limits and words."""

from pydantic import Field

from schemas.policy.base import PolicyPart, Words


class LinkPoints(PolicyPart):
    """Points of each piece of evidence that two complaints tell of one incident; their sum is a log-odds.

    Source of the order of magnitude: weights of a logistic regression over pairs of complaints.
    """

    base: float = Field(-5.0, description="Before anything is known")
    identity: float = Field(4.4, description="The same identifier, proven on both sides")
    identity_landline: float = Field(2.6, description="The same landline and nothing else: a family's, a company's")
    identity_unproven: float = Field(4.1, description="The same identifier, not proven on both sides")
    identity_known: float = Field(3.8, description="Identifiers that earlier complaints, proven, gave to one person")
    identity_known_unproven: float = 3.0
    identity_claimed: float = Field(3.8, description="A telephone that a text calls its writer's own")
    identity_mentioned: float = Field(3.8, description="One that a text only names: asks a person at most")
    identity_masked: float = Field(3.0, description="A masked telephone that fits")
    identity_different: float = Field(-1.0, description="Identifiers of the same kind, none in common")
    name_equal: float = 0.4
    name_different: float = Field(-1.8, description="Another name")
    order_equal: float = 4.6
    order_different: float = -2.8
    batch_equal: float = 0.5
    batch_different: float = -1.9
    product_equal: float = 1.2
    product_different: float = -2.2
    store_equal: float = 0.8
    store_different: float = -2.2
    date_equal: float = Field(1.5, description="The same day of the event")
    date_different: float = -3.2
    date_different_in_text: float = Field(-2.6, description="Days that the texts name: not always that of the event")
    happened_after: float = Field(-3.2, description="The stated day is later than the receipt of the earlier complaint")
    happened_after_in_text: float = Field(
        -1.8, description="The same by the days a text names: it may be a call of his"
    )
    amount_equal: float = Field(1.0, description="The same sum of money")
    amount_different: float = Field(-0.5, description="Texts may name several")
    family_equal: float = Field(0.4, description="The same kind of problem")
    family_different: float = -0.5
    text: float = Field(1.0, description="Times the root of the share of the shorter text that the longer one holds")
    identity_text: float = Field(1.8, description="The same, more where the person is the same")
    anonymous_text: float = Field(2.0, description="The same, more where one of the two names nobody")
    text_different: float = Field(-0.6, description="Two texts of some length without anything in common")
    says_again: float = Field(-3.2, description="The later text says that it has happened again")


class TimePoints(PolicyPart):
    """Points for the time between two complaints, from so many days on."""

    from_days: float
    points: float


class Linking(PolicyPart):
    """When complaints belong together. Probabilities are those of the points: 1 / (1 + e^-sum)."""

    points: LinkPoints = LinkPoints()
    time: tuple[TimePoints, ...] = Field(
        (
            TimePoints(from_days=0, points=2.2),
            TimePoints(from_days=1, points=1.4),
            TimePoints(from_days=3, points=0.5),
            TimePoints(from_days=5, points=-0.3),
            TimePoints(from_days=7, points=-0.9),
            TimePoints(from_days=10, points=-2.0),
            TimePoints(from_days=20, points=-3.3),
            TimePoints(from_days=45, points=-4.3),
        ),
        description="The last line that is reached counts",
    )
    duplicate_at: float = Field(0.80, description="Probability from which two complaints are one incident")
    suspected_at: float = Field(0.5, description="From which a person is asked")
    duplicate_days: float = Field(10, description="A person's complaint without new facts is the same incident so long")
    order_days: float = Field(45, description="The same order number means the same incident so long")
    follow_up_days: float = Field(30, description="How long after the last message a case takes more messages")
    repeat_days: tuple[int, ...] = Field((30, 90, 365), description="Repeats are counted over these; the last decides")
    similar_text: float = Field(0.15, description="Share of common text from which two problems are of one kind")
    alike_text: float = Field(0.3, description="The same, whatever kinds of problem the rules name")
    differing_text: float = Field(0.05, description="Share of common text below which texts have nothing in common")
    short_text: int = Field(4, description="Chinese characters or words up to which a message alone tells no incident")
    long_text: int = Field(
        40, description="Chinese characters or words from which a text tells an incident, whatever it asks"
    )
    most_identifiers: int = Field(12, description="Of one person; more are not joined to it")
    shared_partners: int = Field(4, description="A value seen with so many different people is nobody's own")
    own: tuple[Words, ...] = Field((), description="Our own telephones and mail addresses: nobody's identity")
    asks: tuple[Words, ...] = Field((), description="Words that ask for news of a case or add to it")
    again: tuple[Words, ...] = Field((), description="Words that tell of another time")
    claims: tuple[Words, ...] = Field((), description="Words before a telephone that make it the writer's own")
    ignored: tuple[Words, ...] = Field((), description="Greetings and closings: not compared")
    frames: tuple[Words, ...] = Field((), description="Labels of forms before a colon: not compared")
    personal_frames: tuple[Words, ...] = Field((), description="The same; what follows on the line is left out, too")
    store_endings: tuple[Words, ...] = Field((), description="Endings that tell no store from another")
