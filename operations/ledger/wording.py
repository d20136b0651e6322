"""What the ledger says in Chinese: why something is owed, and what a source did not tell. Names of places stay."""

from operations.sentences import sentences

LEDGER = sentences(
    (r"(\S+) has passed (\S+ \S+), which nobody can read", r"环节 \1 已处理 \2，该记录无法读取"),
    (r"(\S+) has passed (\S+ \d+@\d+)", r"环节 \1 已处理 \2"),
    (r"there is (\S+ \d+@\d+)", r"已有 \1"),
    (r"there is a promise", "已记下 24 小时回执时限"),
    (r"there is a message", "已有待发消息"),
    (r"its guard row names a message", "其回执登记指向一条消息"),
    (r"notify has put it there", "notify 已放入待发消息"),
    (r"notify has decided on it", "notify 已作出决定"),
    (r"the (sender|sweeper) has published it", r"\1 已发布"),
    (r"attachment (.+)", r"附件 \1"),
    (r"nobody keeps a list of posts that were not accepted: .+", "没有人保存未被接受的提交，台账从已保存算起"),
    (r"no spool folder on this machine: .+", "本机没有暂存目录，请在网关所在的机器上查询"),
    (r"(\d+) deliveries wait for Kafka", r"\1 批等待写入 Kafka"),
    (r"(\d+) not stored, the first (\d+) are named", r"\1 封未保存，列出前 \2 封"),
    (r"(\d+) waiting, the first (\d+) are named", r"\1 封等待中，列出前 \2 封"),
    (r"(\d+) marked mails were not compared byte by byte", r"\1 封已标记的邮件未逐字节比对"),
    (r"bytes not compared: (.+)", r"未逐字节比对：\1"),
)
