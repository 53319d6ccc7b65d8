"""What may not stand in a log: the token of a first-run link, which makes its reader the owner."""

import logging
import re
from typing import Any

SETUP_TOKEN = re.compile(r"(/setup/)[^/\s?#\"']+")


class HideSetupTokens(logging.Filter):
    """Lets every record pass, with the token replaced wherever its path is named."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hide(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_hide(argument) for argument in record.args)
        elif record.args:
            record.args = {name: _hide(value) for name, value in record.args.items()}
        return True


def _hide(value: Any) -> Any:
    """Numbers stay numbers, since a message may format them."""
    return SETUP_TOKEN.sub(r"\1...", value) if isinstance(value, str) else value
