"""Import batches: read and preview, commit, undo. Each step may be killed and run again.

Reading writes only the batch and its rows. Committing advances `done` in the transaction that stores the rows, so a
second run resumes exactly where the first was killed.
"""

from mediarec.library.batches.cancel import cancel_batch
from mediarec.library.batches.commit import commit_batch
from mediarec.library.batches.read import create_batch, read_batch
from mediarec.library.batches.review import list_row_candidates, reopen_row, resolve_row
from mediarec.library.batches.summary import BatchSummary, summarise_batch
from mediarec.library.batches.undo import undo_batch

__all__ = [
    "BatchSummary",
    "cancel_batch",
    "commit_batch",
    "create_batch",
    "list_row_candidates",
    "read_batch",
    "reopen_row",
    "resolve_row",
    "summarise_batch",
    "undo_batch",
]
