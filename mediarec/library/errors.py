"""Errors that are shown to people: each message is a whole sentence that says what went wrong and where."""


class MediarecError(Exception):
    """Something a person can act on. `str(error)` is the sentence to show; `status` is the HTTP status."""

    status = 400


class NotUnderstoodError(MediarecError):
    """A file, row or request that is invalid."""


class NotFoundError(MediarecError):
    """A person, item or file that does not exist."""

    status = 404


class UnavailableError(MediarecError):
    """A dependency that does not answer: the broker, the language model, a folder."""

    status = 503


class NotLoadedError(UnavailableError):
    """A model or reader that this machine cannot load: a package, a shared library or weights are missing or broken."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part
