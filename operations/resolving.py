"""What became of a suspended item or a dead letter, in the language of who reads it: results are English sentences."""

from operations.sentences import chinese_of, sentences

_SAID = sentences(
    (r"already replayed by (.*)", r"已由 \1 重新处理"),
    (r"already discarded by (.*)", r"已由 \1 放弃"),
    (r"would discard: (.*)", r"将放弃：\1"),
    (r"today's reader cannot read it either", "目前的读取程序仍无法读取"),
    (r"would become a complaint", "将成为一件投诉"),
    (r"it was suspended again", "再次未能读取"),
    (r"complaint (.*)", r"已成为投诉 \1"),
    (r"would send (\S+) again to (\S+)", r"将把 \1 重新交给环节 \2"),
    (r"(\S+) sent again to (\S+)", r"已把 \1 重新交给环节 \2"),
    (r"retention removed (\S+)", r"\1 已超过保存期"),
    (r"nothing lies at (\S+)", r"\1 处没有记录"),
    (r"the record differs from the one that failed.*", "记录与当初失败的不一致，主题可能重建过"),
    (r"(\S+) does not take a record of this size any more.*", r"\1 不再接受这么大的记录"),
    (r"its raw delivery was not kept", "原始内容没有保存"),
    (r"its raw delivery is no longer in the object store", "原始内容已不在存储中"),
    (r"its raw delivery is damaged: the SHA-256 differs", "原始内容已损坏（校验不一致）"),
    (r"Kafka has not taken it yet.*", "Kafka 尚未接收，已暂存，请稍后再试"),
    (r"it is not there any more", "已不在列表中"),
)


def in_language(sentence: str, lang: str) -> str:
    """The sentence in the language; as it is where nobody has translated it."""
    return sentence if lang == "en" else chinese_of(sentence, _SAID)
