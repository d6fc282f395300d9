"""The one way a file is turned away: a stable code and a sentence that says what to do."""


class Refusal(Exception):
    """The file is not accepted. `code` is for programs and tests, `message` is for the person who uploads."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["Refusal"], tuple[str, str]]:
        return type(self), (self.code, self.message)
