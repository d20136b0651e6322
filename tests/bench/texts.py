"""Complaints as customers of a retail chain write them, all different, and the posts that carry them."""

import json
import random
from collections.abc import Iterator

OPENINGS = (
    "你好，我要投诉。",
    "请你们处理一下，",
    "我是你们的老顾客了，这次真的很失望。",
    "昨天晚上去店里，",
    "在网上商城下的单，",
    "打了两次客服电话都没人接，只好在这里写。",
    "您好，",
    "气死我了，",
    "麻烦转给负责人：",
    "帮我妈妈反映一件事，",
)
INCIDENTS = (
    "买的{goods}已经过期了，包装上的日期是上个月的",
    "{goods}打开以后里面有一只虫子，恶心得吃不下饭",
    "{goods}用了两天就坏了，开不了机",
    "{goods}的快递晚到了五天，箱子也压坏了",
    "订的{goods}一直不发货，物流信息半个月没有更新",
    "货架上{goods}标价{low}元，结账收了我{high}元",
    "收银员态度恶劣，我问{goods}能不能退，她直接骂人",
    "退{goods}的钱说七天到账，现在二十天了还没有收到",
    "{goods}少发了一件，客服让我自己找快递",
    "会员积分换{goods}，积分扣了东西没有给",
    "孩子吃了你们的{goods}以后上吐下泻，现在在医院输液",
    "{goods}是假货，和专柜的完全不一样，要求退一赔三",
    "导购说{goods}可以试用，用了又不让退",
    "店里地上有水没有人擦，我拿{goods}的时候滑倒了，膝盖肿得走不了路",
    "开{goods}的发票，开了三次都是错的",
    "优惠券写明可以买{goods}，付款的时候又说不能用",
)
GOODS = (
    "纯牛奶",
    "电饭煲",
    "羽绒服",
    "婴儿奶粉",
    "草莓蛋糕",
    "空气炸锅",
    "洗衣液",
    "老北京布鞋",
    "智能手表",
    "冷冻水饺",
    "保温杯",
    "洗面奶",
    "儿童安全座椅",
    "大米",
    "蓝牙耳机",
    "三文鱼",
    "床上四件套",
    "酸奶",
    "电热水壶",
    "红烧牛肉面",
)
DEMANDS = (
    "要求全额退款。",
    "请给我换一件新的。",
    "你们必须给个说法。",
    "希望尽快有人联系我。",
    "要求赔偿并道歉。",
    "再不处理我就打12315。",
    "请核实以后答复我。",
    "要求退货退款，运费你们出。",
)
STORES = ("人民广场店", "中关村店", "天河城店", "春熙路店", "光谷店", "西湖店", "滨江店", "五一广场店")
NAMES = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨帆", "赵磊", "黄敏", "周杰", "吴霞")


def posts(count: int, seed: int = 4) -> Iterator[bytes]:
    """So many JSON bodies for `POST /api/v1/complaints`, each of its own sender; the same seed, the same bodies."""
    draw = random.Random(seed)
    for number in range(count):
        yield json.dumps(_post(draw, seed, number), ensure_ascii=False).encode()


def _post(draw: random.Random, seed: int, number: int) -> dict[str, object]:
    low = draw.randint(5, 900)
    incident = draw.choice(INCIDENTS).format(goods=draw.choice(GOODS), low=low, high=low + draw.randint(1, 60))
    store, order = draw.choice(STORES), f"{draw.randrange(10**15, 10**16)}"
    details = (
        f"{draw.randint(1, 28)}号在{store}买的，订单号{order}，一共{draw.randint(9, 2999)}.{draw.randint(0, 99):02}元，"
    )
    post: dict[str, object] = {
        "text": draw.choice(OPENINGS) + incident + "。" + details + draw.choice(DEMANDS),
        "sender": {
            "name": draw.choice(NAMES),
            "phones": [f"13{draw.randrange(10**8, 10**9)}"],
            "emails": [f"c{seed}-{number}@customers.example"],
        },
    }
    if number % 3 == 0:
        post["stated"] = {"store": store, "order_no": order}
    return post
