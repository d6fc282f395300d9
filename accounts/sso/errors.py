"""Why nobody was signed in by the other server."""


class NotSignedIn(Exception):
    """The sentence is for the person; `reason` for the log."""

    def __init__(self, sentence: str, reason: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason
