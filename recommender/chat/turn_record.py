"""What a stored turn of the chat holds beside its sentence and its answer, as frozen data. Pure.

`ChatTurn.wish` keeps it as one flat JSON object: the fields of the parsed query, and beside them what was done for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from recommender.chat.parsed_query import Chip, IsoDay, ParsedQuery
from recommender.types import Filters, StoredFilters, json_adapter

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AskedQuestion:
    """`choices` are sentences that can be sent as they stand."""

    text: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleProposal:
    """What a rule would say and do: the next slate with it, and the titles that leave it and come in.

    `after_ids` is not part of the record: a turn keeps the items it shows in a column of its own.
    """

    understood: str = ""
    filters: StoredFilters = field(default_factory=Filters)
    leaving: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    expires_on: IsoDay = ""
    after_ids: Annotated[tuple[int, ...], Field(exclude=True)] = ()


@dataclass(frozen=True)
class SlotGuess:
    """`said` stands in the sentence and `value` is what it may mean: a concept, or a title or name of the catalogue.

    `slot` is mood, title or person; `pk` is the title's item.
    """

    slot: str
    said: str
    value: str
    pk: int | None = None

    @property
    def label(self) -> str:
        return f"like {self.value}" if self.slot == "title" else self.value


@dataclass(frozen=True)
class TurnRecord:
    """`parsed` is the query as it was answered; `tools` are the steps taken, in order."""

    parsed: ParsedQuery = field(default_factory=ParsedQuery)
    tools: tuple[str, ...] = ()
    open: tuple[str, ...] = ()  # stretches of the sentence that the rules made nothing of
    question: AskedQuestion | None = None
    rules: tuple[str, ...] = ()  # the standing rules that were listed, in words
    proposal: RuleProposal | None = None
    guesses: tuple[SlotGuess, ...] | None = None  # of the language model; None before it was asked

    @property
    def choices(self) -> tuple[str, ...]:
        return self.question.choices if self.question else ()

    @property
    def may_guess(self) -> bool:
        """Whether asking the language model could add anything: it was not asked yet, and words are left open."""
        return self.guesses is None and bool(self.open)

    def to_json(self) -> dict[str, Any]:
        """One flat object; `read_record` reads it back."""
        notes = json_adapter(TurnRecord).dump_python(self, mode="json", exclude={"parsed"})
        return self.parsed.to_json() | {name: value for name, value in notes.items() if value is not None}


def read_record(stored: object) -> TurnRecord:
    """Reads the column of any version: what is missing takes its default, unknown keys are ignored. A broken row gives
    an empty record, so that the rest of its conversation can still be shown."""
    if not isinstance(stored, dict):
        return TurnRecord()
    try:
        return json_adapter(TurnRecord).validate_python({**stored, "parsed": ParsedQuery.from_json(stored)})
    except (ValueError, TypeError) as error:
        logger.warning("a stored chat turn could not be read: %s", error)
        return TurnRecord()


_CHIPS = TypeAdapter(tuple[Chip, ...])


def read_chips(stored: object) -> tuple[Chip, ...]:
    """The chips of a stored turn; none where the column is broken."""
    try:
        return _CHIPS.validate_python(stored)
    except ValueError as error:
        logger.warning("the chips of a stored chat turn could not be read: %s", error)
        return ()
