"""What people write and say is found as the field it is, with its value, and nothing else is taken for one."""

import pytest

from tests.workers.text.reading import read, values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("花了两百五", "250"),
        ("花了三千二", "3200"),
        ("花了一百零五块", "105"),
        ("一共2万5元", "25000"),
        ("退我1.2万", "12000"),
        ("多收了一万二", "12000"),
        ("运费三块五", "3.5"),
        ("差五毛", "0.5"),
        ("两块八毛五一斤", "2.85"),
        ("卖99块9", "99.9"),
        ("苹果12.5元/斤", "12.5"),
        ("付了1 000元", "1000"),
        ("付了1，000元", "1000"),
        ("合计人民币叁佰元整", "300"),
        ("¥ 99.9", "99.9"),
        ("RMB 128", "128"),
        ("充了3k", "3000"),
        ("收了三百快", "300"),
        ("付了五十园", "50"),
        ("退货款１,２８０元", "1280"),
        ("九块九包邮", "9.9"),
        ("原价1299", "1299"),
        ("棉鞋标价五十九", "59"),
        ("收了我十九点九", "19.9"),
        ("扣了三十六蚊半", "36.5"),
        ("算命五十块一回", "50"),
        ("找我两张五十的钱", "50"),
        ("三十六的牛肉饭就五片肉", "36"),
        ("师傅来看了说换机芯两千八，太离谱", "2800"),
        ("同款便宜，双层蒸锅139", "139"),
        ("我卡里没有 459去哪儿旅游了 退款呢", "459"),
        ("土鸡蛋三十八一板，卖贵了", "38"),
    ],
)
def test_an_amount_has_its_value_as_a_decimal(text: str, value: str) -> None:
    assert values(text, "amount") == [value]


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("大概两三百块", "200", "300"),
        ("三四十块钱", "30", "40"),
        ("五百到六百块", "500", "600"),
        ("500-600元", "500", "600"),
        ("100多块", "100", None),
        ("一百来块", "100", None),
        ("十几块", "10", None),
        ("三五百块", "300", "500"),
        ("百来块钱", "100", None),
        ("价格在500到600之间", "500", "600"),
        ("百八十块", "80", "100"),
        ("四百几蚊", "400", None),
    ],
)
def test_a_range_has_its_lower_end_as_value_and_says_so(text: str, low: str, high: str | None) -> None:
    [amount] = read(text)["amount"]

    assert (amount.value, amount.high, amount.range) == (low, high, True)


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("HK$88", "88", "HKD"),
        ("NT$1,280", "1280", "TWD"),
        ("新臺幣3,500元", "3500", "TWD"),
        ("港幣800元", "800", "HKD"),
        ("US$45.5", "45.5", "USD"),
        ("20欧元", "20", "EUR"),
        ("£30", "30", "GBP"),
        ("3000日元", "3000", "JPY"),
        ("畀咗128蚊", "128", "CNY"),
        ("俾咗128蚊，話會還返畀我哋，冇見過", "128", "HKD"),
    ],
)
def test_an_amount_knows_its_currency(text: str, value: str, currency: str) -> None:
    [amount] = read(text)["amount"]

    assert (amount.value, amount.currency) == (value, currency)


@pytest.mark.parametrize(
    "text",
    [
        *("要求赔十倍", "三倍赔偿", "退一赔三", "便宜了10倍", "打八折", "降价50%"),
        *(
            "我妈今年八十二岁",
            "等了40分钟",
            "下午3点半到的",
            "水温37.5度",
            "住3号楼502室",
            "第三次投诉",
            "按1转人工",
            "打了120",
        ),
        *(
            "2026年买的",
            "型号MX-2000",
            "瓶身500ml",
            "吃了两块饼干",
            "买了一个",
            "电话021-62345678转801",
            "加收20%服务费",
        ),
    ],
)
def test_what_multiplies_or_names_something_else_is_no_amount(text: str) -> None:
    assert values(text, "amount") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("坏了三箱", "3箱"),
        ("买了两箱牛奶", "2箱"),
        ("少了半斤", "0.5斤"),
        ("一斤半排骨", "1.5斤"),
        ("两斤三两虾", "2.3斤"),
        ("订了一打鸡蛋", "1打"),
        ("坏了10盒", "10盒"),
        ("鸡蛋少了二两", "2两"),
        ("bought 3 boxes of milk", "3 boxes"),
        ("退了兩雙襪子", "2双"),
        ("two bottles were broken", "2 bottles"),
        ("绳子三两二", "3.2两"),
        ("少了500g草莓", "500g"),
        ("鸡蛋六个都坏了", "6个"),
        ("我买十把芹菜", "10把"),
        ("拿回来称只有四公斤二，差太多", "4.2公斤"),
        ("大闸蟹来的二两二；绳子比蟹重", "2.2两"),
        ("forty-eight cases of sparkling water", "48 cases"),
        ("the other 32 portions", "32 portions"),
        ("pushing twenty kilos of groceries", "20 kilos"),
        ("订单分了四个包裹发", "4个"),
        ("箱子打开是四包猫砂", "4包"),
        ("四条胎扎了", "4条"),
        ("我六十公斤的石桌自己扛", "60公斤"),
        ("一套碗碎得只剩六个碗底", "6个"),
        ("一板蛋七个裂的", "7个"),
        ("礼盒里有6个月饼", "6个"),
        ("难得夸一句：两百张椅子提前到", "200张"),
    ],
)
def test_a_quantity_is_a_figure_with_its_unit(text: str, value: str) -> None:
    assert values(text, "quantity") == [value]


@pytest.mark.parametrize(
    "text",
    [
        "第三箱",
        "100只要一分钟",
        "两个月没消息",
        "三个客服",
        "履行三包义务",
        "打了两个电话",
        "一个",
        "两次",
        "8块一斤",
        "净含量500g",
        "5G手机",
        "内存由32G变成16G",
        "拉力计拉到9kgf",
        "a bin of 200 gloves",
        "附照片4张",
        "聊天记录共7张",
        "小票我留了二十三张",
        "三台电梯坏了两台",
        "充电桩坏了四个还没修",
        "门牙断了两颗",
        "给五颗星",
        "我一百六十斤坐上去就断了",
        "没少，一两不差",
    ],
)
def test_what_counts_no_goods_is_no_quantity(text: str) -> None:
    assert values(text, "quantity") == []


@pytest.mark.parametrize(
    "text",
    [
        *("买了一箱牛奶", "客服赔我一张5元的券", "箱子里是一包纸巾", "酱油四块九一瓶", "同一支护手霜扫出两个价"),
        *("给我换一台。", "吃不下半罐就吐了", "重寄一组。", "孙子一听，是机子坏了", "没有下一只。"),
        *("一箱24元", "一瓶一瓶地擦"),
    ],
)
def test_a_one_that_is_an_article_counts_nothing(text: str) -> None:
    assert values(text, "quantity") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("漏发一盒酸奶", ["1盒"]),
        ("红包券一次只能抵一张", ["1张"]),
        ("积木漏了一片", ["1片"]),
        ("少了一个卤蛋", ["1个"]),
        ("四根桌腿只有一根长一根短", ["4根", "1根", "1根"]),
        ("订了两箱，另一箱压破了", ["2箱", "1箱"]),
        ("本应含腊肉两条，收到只有一条，没拆过", ["2条", "1条"]),
        ("购入跑步机一台，价格2699元", ["1台"]),
        ("猫粮少发1袋", ["1袋"]),
        ("只剩半瓶，漏了一袋子", ["0.5瓶"]),
    ],
)
def test_a_one_that_is_told_apart_is_counted(text: str, found: list[str]) -> None:
    assert values(text, "quantity")[: len(found)] == found


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("报修单号BX-20261103-18，三天没人来", "referral_no", "BX-20261103-18"),
        ("please close ticket SR-88301", "referral_no", "SR-88301"),
        ("配送的投诉已解决，编号PD-2611-0457", "referral_no", "PD-2611-0457"),
        ("已立案，案号（2026）川0104民初5523号", "referral_no", "（2026）川0104民初5523号"),
        ("编号XF-70261，本人申请撤案", "referral_no", "XF-70261"),
        ("您好，包裹6620-3817-0049显示已签收", "tracking_no", "6620-3817-0049"),
        ("退货单号TH-880127", "order_no", "TH-880127"),
        ("我家油烟机报修三回了没人来单号是五五零二九幺七", "referral_no", "5502917"),
        ("说放驿站了我跑了两趟没有单号我念一下四四零二九八幺零六七三", "tracking_no", "44029810673"),
        ("上礼拜订的蛋糕到现在没做单号七零二幺五五八零", "order_no", "70215580"),
        ("单号三三零二幺七八八它一直停在分拨中心", "tracking_no", "33021788"),
    ],
)
def test_a_case_is_told_from_an_order(text: str, field: str, value: str) -> None:
    assert values(text, field) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "没多收一分钱",
        "豆腐两块烂了",
        "买3免1不给",
        "五千多积分没了",
        "一蚊都冇返過",
        "全盒找到四块鸡",
        "他九十八了",
        "被120送医院",
        "一块一块的红",
    ],
)
def test_sayings_pieces_and_ages_are_no_amounts(text: str) -> None:
    assert values(f"退款还没到，{text}", "amount") == []


@pytest.mark.parametrize(
    "text",
    [
        "四周一圈白边",
        "催一个礼拜一时说在武汉",
        "从今年三月一台洗碗机开始",
        "请于七日内回复",
        "15日内答复",
        "七日无理由退货",
        "现逾期二十六日",
    ],
)
def test_a_time_limit_or_a_count_is_no_day(text: str) -> None:
    assert values(text, "date") == []


def test_a_feast_in_figures_is_of_the_latest_year() -> None:
    assert values("618买的", "date") == ["2026-06-18"]


def test_a_voucher_ends_on_a_day_and_goods_have_one_printed() -> None:
    assert values("停车卡12月31号到期", "date") == ["2025-12-31"]
    assert values("豆腐包装上打的11月2日到期", "date") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("今早买的", "2026-11-22"),
        ("大前天到货", "2026-11-19"),
        ("上周五", "2026-11-13"),
        ("上星期天", "2026-11-15"),
        ("这周三", "2026-11-18"),
        ("上礼拜四去的", "2026-11-12"),
        ("上个月5号", "2026-10-05"),
        ("本月3日", "2026-11-03"),
        ("去年双十一", "2025-11-11"),
        ("双十二买的", "2025-12-12"),
        ("国庆节", "2026-10-01"),
        ("两周前", "2026-11-08"),
        ("半个月前", "2026-11-07"),
        ("一个月前", "2026-10-22"),
        ("十一月三号", "2026-11-03"),
        ("二零二六年十月二十六日", "2026-10-26"),
        ("11.3号买的", "2026-11-03"),
        ("11/18下单", "2026-11-18"),
        ("2026-11-03", "2026-11-03"),
        ("日期20261103", "2026-11-03"),
        ("12月3日", "2025-12-03"),
        ("on November 3", "2026-11-03"),
        ("3 Nov 2026", "2026-11-03"),
        ("last Friday", "2026-11-20"),
        ("18/11/2026", "2026-11-18"),
        ("two days ago", "2026-11-20"),
        ("115年11月1日", "2026-11-01"),
    ],
)
def test_a_day_counts_from_the_day_of_the_message(text: str, value: str) -> None:
    assert values(text, "date") == [value]


@pytest.mark.parametrize(
    "text",
    [
        "生产日期2026-11-01",
        "11月2日到期",
        "每周三",
        "3号楼",
        "卖11.3",
        "一个半月前",
        "2号客梯",
        "2026年13月40日",
        "每月8号",
    ],
)
def test_what_is_no_day_of_an_event_is_left_out(text: str) -> None:
    assert values(text, "date") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("１３８ ００１３ ８０００", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("手机一三八，零零幺三，八零零零", "13800138000"),
        ("手机 一三八 零零幺三 嗯 八零零零", "13800138000"),
        ("138****1234", "138****1234"),
        ("138xxxx1234", "138****1234"),
        ("我手机尾号1234", "尾号1234"),
        ("021-12345678", None),
        ("021-62345678", "02162345678"),
        ("0755 8234 5678", "075582345678"),
        ("400-820-8820", "4008208820"),
        ("電話9123 4567", "91234567"),
        ("0912-345-678", "0912345678"),
        ("卡尾号1234", None),
    ],
)
def test_a_phone_is_what_one_would_dial(text: str, value: str | None) -> None:
    assert values(text, "phone") == ([value] if value else [])


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("订单号是 2026 1122 0003", "order_no", "202611220003"),
        ("订单号\n2026112200031", "order_no", "2026112200031"),
        ("order #A1234567890", "order_no", "A1234567890"),
        ("丁单号二零二六幺幺二二零零零三", "order_no", "202611220003"),
        ("单号 我念啊 二零二六 幺幺二二 零零零三", "order_no", "202611220003"),
        ("订单号二零二六幺幺然后 二零二六幺幺二二零零", "order_no", "2026112200"),
        ("批好L20261102A", "batch_no", "L20261102A"),
        ("批次20261101", "batch_no", "20261101"),
        ("lot#A23B45", "batch_no", "A23B45"),
        ("订单号是二零二六幺幺零三五五六六一共三百块", "order_no", "202611035566"),
        ("订单号二零二六十一十五零二二七", "order_no", "202611150227"),
        ("订单号 T B 二零二六幺幺零三", "order_no", "TB20261103"),
        ("快递单号 S F 一三九八八七七六六五五四四", "tracking_no", "SF1398877665544"),
        ("受理编号 二零二六 幺幺二零 零零幺八", "referral_no", "202611200018"),
        ("快递单号773312345678901", "tracking_no", "773312345678901"),
        ("SF1234567890123", "tracking_no", "SF1234567890123"),
        ("包裹没到 单号773312345678901", "tracking_no", "773312345678901"),
        ("打了12345，单号是2026112200077", "referral_no", "2026112200077"),
        ("我会转来投诉，编号消投2026-3390", "referral_no", "消投2026-3390"),
        ("民事传票（2026）沪民初字第4471号", "referral_no", "（2026）沪民初字第4471号"),
        ("工单号SH20261122000123", "referral_no", "SH20261122000123"),
        ("请复函：消保转〔2026〕418号", "referral_no", "消保转〔2026〕418号"),
    ],
)
def test_a_number_is_named_by_the_word_before_it(text: str, field: str, value: str) -> None:
    assert read(text).keys() & {"order_no", "batch_no", "tracking_no", "referral_no", "phone"} == {field}
    assert values(text, field) == [value]


@pytest.mark.parametrize("text", ["会员号1234567890", "产品编号A123456", "密码12345678", "发票号码12345678"])
def test_a_number_of_something_else_is_no_field(text: str) -> None:
    assert read(text) == {}


def test_an_order_number_written_for_a_phone_is_no_phone() -> None:
    assert read("订单号13800138000").keys() == {"order_no"}


@pytest.mark.parametrize(
    "text", ["身份证11010519491231002X", "身份证号 １１０１０５ １９４９１２３１ ００２Ｘ", "我的证件110105491231002"]
)
def test_a_card_is_masked_at_once_and_nowhere_in_clear(text: str) -> None:
    fields = read(text)

    assert fields.keys() == {"id_card"}
    assert fields["id_card"][0].value.count("*") >= 13
    assert "4912" not in str(fields)


@pytest.mark.parametrize("text", ["身份证3201061951****0024", "證件號44010619********2X", "身份证号是3201****0024"])
def test_a_card_the_sender_hid_in_part_is_hidden_wholly(text: str) -> None:
    [card] = read(text)["id_card"]

    assert card.value.count("*") == len(card.value) - 2


def test_a_number_that_is_no_valid_card_is_none() -> None:
    assert "id_card" not in read("身份证110105194912310021")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("要求退款", ["refund"]),
        ("请帮我换一台", ["exchange"]),
        ("麻烦派人维修", ["repair"]),
        ("要求赔偿损失", ["compensation"]),
        ("不要退款，只要道歉", ["apology"]),
        ("给个说法", ["explanation"]),
        ("请尽快补发", ["redeliver"]),
        ("退款一直没到账", []),
        ("他们拒绝退货", []),
        ("請給我退！", ["refund"]),
        ("I would like a refund", ["refund"]),
    ],
)
def test_a_wish_is_what_is_asked_and_not_what_is_told(text: str, codes: list[str]) -> None:
    assert values(text, "resolution") == codes


def test_spans_are_of_the_text_as_it_was_sent() -> None:
    text = "\u200b訂單號：２０２６１１２２０００３，㎏😡退了兩箱，花咗HK$88"

    spans = {name: text[found[0].start : found[0].end] for name, found in read(text).items()}

    assert spans == {"order_no": "２０２６１１２２０００３", "quantity": "兩箱", "amount": "HK$88"}
