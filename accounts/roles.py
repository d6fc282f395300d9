"""The role catalogue: code, label, what each may do. Read only through accounts/access.py."""

from django.db.models import TextChoices


class Role(TextChoices):
    STAFF = "staff", "经办人"
    HEAD = "head", "单位负责人"
    LEADER = "leader", "责任领导"
    OFFICE = "office", "整改办"
    SUPERVISOR = "supervisor", "督导组"
    ADMIN = "admin", "系统管理员"
    SECURITY = "security", "安全管理员"
    AUDITOR = "auditor", "审计员"


class Can(TextChoices):
    """A capability over a unit and its sub-units."""

    SEE_OWN = "see_own", "查看本单位任务"
    WORK = "work", "签收、填报、申请销号"
    APPROVE = "approve", "单位审核"
    OVERSEE = "oversee", "查看分管单位任务"
    NUDGE = "nudge", "催办"
    COMMENT = "comment", "留言"
    SEE_NOTICE = "see_notice", "查看全部批次内容"
    PLAN = "plan", "录入、分派、撤销"
    VERIFY = "verify", "验收、重开"
    IMPORT_LEDGER = "import_ledger", "导入台账"
    TAKE_OVER = "take_over", "接收历史台账"
    BOARD = "board", "查看总览"
    ACCOUNTS = "accounts", "管理账号与单位"
    GRANT = "grant", "审批角色"
    READ_AUDIT = "read_audit", "查看审计日志"


CATALOGUE: dict[Role, frozenset[Can]] = {
    Role.STAFF: frozenset({Can.SEE_OWN, Can.WORK, Can.COMMENT, Can.IMPORT_LEDGER}),
    Role.HEAD: frozenset({Can.SEE_OWN, Can.WORK, Can.APPROVE, Can.COMMENT, Can.IMPORT_LEDGER, Can.BOARD}),
    Role.LEADER: frozenset({Can.SEE_OWN, Can.OVERSEE, Can.NUDGE, Can.COMMENT, Can.BOARD}),
    Role.OFFICE: frozenset(
        {
            Can.SEE_NOTICE,
            Can.PLAN,
            Can.VERIFY,
            Can.NUDGE,
            Can.COMMENT,
            Can.IMPORT_LEDGER,
            Can.TAKE_OVER,
            Can.BOARD,
        }
    ),
    Role.SUPERVISOR: frozenset({Can.SEE_NOTICE, Can.VERIFY, Can.COMMENT, Can.BOARD}),
    Role.ADMIN: frozenset({Can.ACCOUNTS}),
    Role.SECURITY: frozenset({Can.GRANT}),
    Role.AUDITOR: frozenset({Can.READ_AUDIT}),
}

# 等保 separation of duties: each of these excludes the other two and every business role.
ADMINISTRATIVE = (Role.ADMIN, Role.SECURITY, Role.AUDITOR)
