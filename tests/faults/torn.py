"""A round of which only half got to the broker: the raw delivery is there, its complaint is not."""

from confluent_kafka import Consumer, Producer

from tests.faults.conftest import World
from tests.faults.offering import customers, post
from tests.faults.system import until

_RAW = "deliveries.raw.v1"
_ASIDE = "aside"


async def tear_a_round(world: World) -> None:
    """Let a customer post to a gateway that writes to topics of its own, then copy the raw delivery alone."""
    gateway = world.system.gateway("gateway aside", {"INTAKE_KAFKA__PREFIX": _ASIDE})
    gateway.start()
    until(gateway.ready, 180, lambda: gateway.tail())
    async with customers() as client:
        await post(client, gateway.health, "torn0001", world.offered)
    _copy(world.bootstrap, f"{_ASIDE}.{_RAW}", _RAW)
    world.system.remove(gateway.name)


def _copy(bootstrap: str, source: str, target: str) -> None:
    """Copy one record as it is."""
    client = {"bootstrap.servers": bootstrap, "log_level": 0}
    reader = Consumer(client | {"group.id": "torn", "auto.offset.reset": "earliest", "enable.auto.commit": False})
    reader.subscribe([source])
    message = reader.poll(60)
    assert message is not None
    assert message.error() is None
    writer = Producer(client)
    writer.produce(target, message.value(), message.key(), headers=message.headers())
    assert writer.flush(60) == 0
    reader.close()
