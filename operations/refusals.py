"""Why an act of staff was not done, in Chinese: those who refuse it speak English, on pages and on the command line."""

from operations.sentences import sentences

REFUSALS = sentences(
    (r"nothing is known of (.+)", r"没有关于 \1 的记录"),
    (r"(.+): not linked to a case yet, try again in a moment", r"\1 尚未归案，请稍后再试"),
    (r"(.+) is no tracking number \(check character\) and no complaint id", r"\1 不是有效的查询号或投诉编号"),
    (r"nothing with the number (.+) has arrived here", r"没有收到过编号为 \1 的来件"),
    (r"no complaint has the number it is to be linked with", "没有编号为所填号码的投诉"),
    (
        r"(.+) is not known to the stage review: automatic mail, or it has not come so far",
        r"\1 不在复核范围内：自动邮件，或尚未处理到这一步",
    ),
    (r"a sealed report is looked at by regulator-affairs alone.*", "举报件只由监管事务部门查看"),
    (r"a sealed report stays with the department that answers authorities", "举报件只由监管事务部门处理"),
    (r"(refused: sealed|a sealed report is never linked)", "举报件不作任何关联"),
    (r"(refused: itself|a complaint cannot be linked with itself)", "不能与自己关联"),
    (r"(refused: automatic-mail|the other one is automatic mail: nobody's case)", "对方是自动邮件，不能作为案件"),
    (
        r"(refused: referral|a regulator's referral stays a case of its own: .+)",
        "监管转办件单独立案，只能作为重复投诉（repeat）关联",
    ),
    (r"refused: no-such-complaint", "没有这条投诉"),
    (r"refused: unknown-verdict", "无法识别的关联类型"),
    (r"refused: unknown-department", "没有这个部门"),
    (
        r"(?:(.+): it|(.+)) has no case yet: wait until the stage deduplicate has come to it",
        r"\1\2 尚未归案，请稍后再试",
    ),
    (
        r"the record of (.+) is no longer on the log: it is too old to be corrected",
        r"\1 的记录已超过保存期，无法更正",
    ),
    (r"the records of this case are no longer on the log", "本案的记录已超过保存期"),
    (r"it is so already", "已经如此"),
    (r"would move it", "将移入另一案件"),
    (r"would place it", "将改变归案"),
    (r"done", "已完成"),
    (
        r"name: 2 to 40 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit",
        "用户名须为 2 至 40 个小写字母、数字、点、短横或下划线，以字母或数字开头",
    ),
    (r"role: choose one or more of .+", "请至少选择一个角色"),
    (r"there is an account (\S+); see `intake staff list`", r"已有账号 \1"),
    (r"no account (\S+); see `intake staff list`", r"没有账号 \1"),
    (r"no such account", "没有这个账号"),
    (r"password: (\d+) to (\d+) characters", r"密码须为 \1 至 \2 个字符"),
    (r"name: what it is for, 1 to (\d+) characters", r"请写明用途，1 至 \1 个字"),
    (r"scope: choose one or more of .+", "请至少选择一项权限"),
    (r"department: needed for .+", "所选权限须指定部门"),
    (r"department: (one of .+|there is no such department)", "没有这个部门"),
    (r"days: 1 to (\d+)", r"有效期须为 1 至 \1 天"),
    (r"no such token", "没有这个令牌"),
)
"""What the product says in English → the same in Chinese."""
