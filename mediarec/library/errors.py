"""The one family of errors a person is shown: the message is a whole sentence that names what and where."""


class MediarecError(Exception):
    """Something a person can act on. `str(error)` is the sentence to show; `status` the HTTP status that fits."""

    status = 400


class NotUnderstoodError(MediarecError):
    """A file, row or wish that could not be read as what it claims to be."""


class NotFoundError(MediarecError):
    """A person, item or file that is not there."""

    status = 404


class UnavailableError(MediarecError):
    """A part that should answer and does not: the broker, the language model, a folder."""

    status = 503


class NotLoadedError(UnavailableError):
    """A model or reader that this machine cannot load: a package, a shared library or weights are missing or broken."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part
