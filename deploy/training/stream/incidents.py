"""What happens in the town: incidents with goods, store, batch, order and day."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from deploy.training.stream.kernels import Kernel, kernels
from deploy.training.stream.model import Incident, Person
from deploy.training.stream.settings import StreamSettings

_PLACES = (
    "人民路店",
    "滨江店",
    "大学城店",
    "火车站店",
    "翠湖店",
    "南门店",
    "东湖广场店",
    "解放碑店",
    "五一路店",
    "科技园店",
    "龙泉店",
    "凤凰城店",
    "江北店",
    "望京店",
    "银泰店",
    "百花巷店",
    "新港店",
    "清河店",
    "紫荆路店",
    "中山北路店",
    "桃源店",
    "海晏店",
    "长乐店",
    "石桥店",
    "云庭店",
    "白鹭洲店",
    "九龙山店",
    "金沙湾店",
    "半坡店",
    "柳荫街店",
    "老西门店",
    "钟楼店",
    "荷塘店",
    "宝通店",
    "双井店",
    "红旗渠店",
    "天河村店",
    "福田里店",
    "玉兰路店",
    "会展店",
)
_ZONE = timedelta(hours=8)


class Happenings:
    """Makes incidents; order numbers and batches are given once."""

    def __init__(self, settings: StreamSettings, dice: Random) -> None:
        self._dice = dice
        self._incidents = 0
        self._clusters = 0
        self._places = _PLACES[: settings.stores]
        self.store_phones = {name: f"021-6{dice.randrange(10**7):07d}" for name in self._places}

    def new(
        self, person: Person, at: datetime, *, kernel: Kernel | None = None, batch: bool = False, order: bool = False
    ) -> Incident:
        """Something happens to a person shortly before `at`. `batch` and `order` make sure that there is one."""
        dice = self._dice
        chosen = kernel or (self._with_batch() if batch else self.any_kernel())
        self._incidents += 1
        ago = timedelta(days=dice.choice((0, 0, 0, 1, 1, 2, 3)))
        day = (at + _ZONE - ago).date()
        ordered = order or chosen.at == "online" or dice.random() < 0.6
        return Incident(
            number=self._incidents,
            person=person,
            kernel=chosen,
            goods=dice.choice(chosen.goods),
            store=self.store(),
            day=day,
            order_no=f"{day:%Y%m%d}{dice.randrange(10**8):08d}" if ordered else None,
            batch_no=self._batch(day) if chosen.batch else None,
            favourites=tuple(dice.randrange(12) for _ in range(4)),
        )

    def like(self, other: Incident, person: Person, at: datetime, cluster: int) -> Incident:
        """The same trouble at somebody else: the same goods, store and batch, told alike, another order."""
        made = self.new(person, at, kernel=other.kernel)
        near = other.favourites if self._dice.random() < 0.7 else made.favourites
        return replace(
            made, goods=other.goods, store=other.store, batch_no=other.batch_no, favourites=near, cluster=cluster
        )

    def unlike(self, other: Incident, at: datetime) -> Incident:
        """Something of another kind that happens to the same person."""
        kernel = self.any_kernel()
        while kernel.family == other.kernel.family:
            kernel = self.any_kernel()
        return self.new(other.person, at, kernel=kernel)

    def any_kernel(self) -> Kernel:
        """Any story."""
        return self._dice.choice(kernels())

    def of_family(self, family: str) -> Kernel:
        """Any story of one kind of problem."""
        return self._dice.choice([one for one in kernels() if one.family == family])

    def store(self) -> str:
        """Any store."""
        return self._dice.choice(self._places)

    def cluster(self) -> int:
        """A new number for people with the same trouble."""
        self._clusters += 1
        return self._clusters

    def _batch(self, day: date) -> str:
        made = day - timedelta(days=self._dice.randrange(9, 90))
        return f"{made:%Y%m%d}{self._dice.choice('ABCDEF')}{self._dice.randrange(100):02d}"

    def _with_batch(self) -> Kernel:
        return self._dice.choice([one for one in kernels() if one.batch])
