"""Refusals a user can read: every message is a Chinese sentence that names the place and what to do."""


class Refused(Exception):
    """The act is not allowed or not possible now. Nothing was changed."""

    code = "refused"


class StepRefused(Refused):
    """The table of steps does not allow this step for this person in this state."""

    code = "step_refused"


class Missing(Refused):
    """Something a step needs is not there: `fields` maps a field name to the sentence about it."""

    code = "missing"

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("；".join(fields.values()))
        self.fields = fields


class Stale(Refused):
    """Somebody else changed the row first; nothing was written."""

    code = "stale"


class Unreadable(Refused):
    """A text or file cannot be read as what it should be; `where` names sheet, cell or line."""

    code = "unreadable"

    def __init__(self, message: str, *, code: str = "unreadable", where: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.where = where
