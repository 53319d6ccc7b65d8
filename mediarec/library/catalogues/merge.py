"""Merges staged works into the library, a chunk of thousands at a time, in a handful of SQL statements.

Works are matched by their ids, then by title. Items from other sources keep their values and get missing ones filled
in; items that a person owns, and fields that a person edited, are left alone. All identifiers in the SQL are constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from mediarec.library.catalogues.staging import Stage
from mediarec.library.item_lookup import SEARCH_SQL, SEARCH_WITH_NAMES

CHUNK = 50_000
PARENTS = "('album', 'series')"
RUNTIME_APART = 300  # seconds; two cuts of one film differ by less, two films of one title usually by more

# Resolves the catalogue's person ids of credits to names.
NAME_CREDITS = """
    INSERT INTO {credits}
    SELECT work.number, staged.role, staged.position, named.name, named.name_key
    FROM {raw_credits} AS staged JOIN {works} AS work ON work.value = staged.value
    JOIN {names} AS named ON named.person = staged.person
"""
INDEX = (
    "CREATE UNIQUE INDEX ON {works} (number); CREATE INDEX ON {credits} (number); ANALYZE {works}; ANALYZE {credits}"
)

# Matches items without an id in this catalogue: films and series by title and year, recordings and albums by title and
# artist. Only unambiguous pairs count (one item, one work), and runtimes must not contradict.
MATCH_TITLES = f"""
    WITH candidate AS (
        SELECT item.id, item.kind, item.title_key, item.year, item.runtime_seconds FROM library_item AS item
        WHERE item.catalogue = '' AND item.kind IN ('film', 'series', 'track', 'album') AND NOT EXISTS (
            SELECT FROM library_externalid AS known WHERE known.item_id = item.id AND known.namespace = ANY(%(spaces)s))
    ), pair AS (
        SELECT work.number, candidate.id FROM candidate
        JOIN {{works}} AS work ON work.kind = candidate.kind AND work.title_key = candidate.title_key
        WHERE CASE WHEN work.kind IN ('film', 'series') THEN work.year = candidate.year ELSE EXISTS (
            SELECT FROM {{credits}} AS staged JOIN library_contributor AS person ON person.name_key = staged.name_key
            JOIN library_credit AS credit ON credit.contributor_id = person.id AND credit.item_id = candidate.id
            WHERE staged.number = work.number AND staged.role = 'artist' AND credit.role = 'artist') END
        AND coalesce(abs(work.runtime_seconds - candidate.runtime_seconds), 0) <= {RUNTIME_APART}
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY number) AS items, count(*) OVER (PARTITION BY id) AS works FROM pair
    )
    INSERT INTO {{titled}} SELECT number, id FROM counted WHERE items = 1 AND works = 1
"""  # noqa: S608 - constants of this file
# All ids of the works in the chunk: the key of the row and the further ids it lists.
CHUNK_IDS = """
    CREATE TEMP TABLE chunk_ids ON COMMIT DROP AS
    SELECT number, namespace, value FROM {works} WHERE number > %(done)s AND number <= %(last)s
    UNION SELECT work.number, left(pair.key, 20), pair.value FROM {works} AS work, json_each_text(work.ids) AS pair
    WHERE number > %(done)s AND number <= %(last)s AND work.ids IS NOT NULL
"""
# The works of the chunk, each with the item it is (`known`) or a new item id. A match by the work's own key goes
# before one by a further id or title (`is_other`). A work whose own id belongs to an item of another kind is left out.
CHUNK_WORKS = """
    CREATE TEMP TABLE chunk ON COMMIT DROP AS
    WITH found AS (
        SELECT ids.number, known.item_id, work.number IS NULL AS is_other FROM chunk_ids AS ids
        JOIN library_externalid AS known USING (namespace, value)
        LEFT JOIN {works} AS work
            ON work.number = ids.number AND work.namespace = ids.namespace AND work.value = ids.value
        UNION ALL SELECT number, item_id, true FROM {titled} WHERE number > %(done)s AND number <= %(last)s
    ), known AS (
        SELECT DISTINCT ON (found.number) found.number, found.item_id, found.is_other, item.kind FROM found
        JOIN {works} AS work ON work.number = found.number JOIN library_item AS item ON item.id = found.item_id
        WHERE item.kind = work.kind OR NOT found.is_other
        ORDER BY found.number, found.is_other, found.item_id
    )
    SELECT work.*, known.item_id AS known,
        coalesce(known.item_id, nextval(pg_get_serial_sequence('library_item', 'id'))) AS id,
        EXISTS (SELECT FROM library_mediafile AS file WHERE file.item_id = known.item_id) AS is_owned
    FROM {works} AS work LEFT JOIN known USING (number)
    WHERE work.number > %(done)s AND work.number <= %(last)s AND coalesce(known.kind = work.kind, true)
"""
CHUNK_CREDITS = """
    CREATE TEMP TABLE chunk_credits ON COMMIT DROP AS
    SELECT chunk.id, staged.role, staged.position, staged.name, staged.name_key FROM chunk
    JOIN {credits} AS staged USING (number) WHERE staged.name_key <> ''
"""
INSERT_ITEMS = f"""
    INSERT INTO library_item (id, kind, title, original_title, title_key, year, genres, tags, language, runtime_seconds,
        synopsis, parent_id, season, number, artwork, artwork_is_drawn, popularity, is_excluded, edited_fields,
        catalogue, search, created_at, updated_at)
    SELECT item.id, item.kind, item.title, item.original_title, item.title_key, item.year, item.genres, item.tags,
        item.language, item.runtime_seconds, item.synopsis, parent.item_id, item.season, item.place, '', false,
        item.popularity, false, '{{{{}}}}', %(catalogue)s,
        {SEARCH_WITH_NAMES % {"names": "coalesce(credited.names, '')"}}, now(), now()
    FROM chunk AS item
    LEFT JOIN library_externalid AS parent
        ON parent.namespace = item.parent_namespace AND parent.value = item.parent_value
    LEFT JOIN (SELECT id, string_agg(name || ' ' || name_key, ' ') AS names FROM chunk_credits GROUP BY id) AS credited
        ON credited.id = item.id
    WHERE item.known IS NULL AND (item.kind IN {PARENTS}) = %(parents)s
"""  # noqa: S608 - constants of this file
INSERT_IDS = f"""
    INSERT INTO library_externalid (item_id, namespace, value)
    SELECT DISTINCT ON (ids.namespace, ids.value) chunk.id, ids.namespace, ids.value
    FROM chunk_ids AS ids JOIN chunk USING (number)
    WHERE ids.value <> '' AND length(ids.value) <= 200 AND (chunk.kind IN {PARENTS}) = %(parents)s
    ORDER BY ids.namespace, ids.value, ids.number ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants of this file
INSERT_PEOPLE = """
    INSERT INTO library_contributor (name, name_key)
    SELECT DISTINCT ON (staged.name_key) staged.name, staged.name_key FROM chunk_credits AS staged
    WHERE NOT EXISTS (SELECT FROM library_contributor AS person WHERE person.name_key = staged.name_key)
    ORDER BY staged.name_key, staged.name ON CONFLICT DO NOTHING
"""
# A known item gets credits only where it has none or comes from this catalogue, and no person edited them.
INSERT_CREDITS = """
    INSERT INTO library_credit (item_id, contributor_id, role, position)
    SELECT DISTINCT ON (staged.id, person.id, staged.role) staged.id, person.id, staged.role, staged.position
    FROM chunk_credits AS staged JOIN library_contributor AS person ON person.name_key = staged.name_key
    JOIN chunk ON chunk.id = staged.id JOIN library_item AS item ON item.id = staged.id
    WHERE chunk.known IS NULL OR NOT chunk.is_owned AND NOT 'credits' = ANY(item.edited_fields) AND (
        item.catalogue = %(catalogue)s
        OR NOT EXISTS (SELECT FROM library_credit AS existing WHERE existing.item_id = staged.id))
    ORDER BY staged.id, person.id, staged.role, staged.position ON CONFLICT DO NOTHING RETURNING item_id
"""
# Deletes credits that the catalogue no longer lists, of its own items only.
DROP_CREDITS = """
    DELETE FROM library_credit AS credit USING chunk, library_item AS item, library_contributor AS person
    WHERE credit.item_id = chunk.known AND item.id = chunk.known AND person.id = credit.contributor_id
        AND item.catalogue = %(catalogue)s AND NOT chunk.is_owned AND NOT 'credits' = ANY(item.edited_fields)
        AND EXISTS (SELECT FROM chunk_credits AS staged WHERE staged.id = chunk.id)
        AND NOT EXISTS (SELECT FROM chunk_credits AS staged
            WHERE staged.id = chunk.id AND staged.role = credit.role AND staged.name_key = person.name_key)
    RETURNING credit.item_id
"""
# Columns that a newer dump updates, with the value that counts as empty in SQL.
UPDATED = {
    "title": "''", "title_key": "''", "original_title": "''", "year": "NULL", "genres": "'{{}}'", "tags": "'{{}}'",
    "language": "''", "runtime_seconds": "NULL", "synopsis": "''", "season": "NULL",
}  # fmt: skip


def _choose(column: str, empty: str) -> str:
    """SQL for one column: an edited value stands; this catalogue's own items are updated; else only a gap is filled."""
    edited = "title" if column == "title_key" else column
    return (
        f"CASE WHEN '{edited}' = ANY(item.edited_fields) THEN item.{column} "
        f"WHEN item.catalogue = %(catalogue)s THEN chunk.{column} "
        f"WHEN item.{column} IS NOT DISTINCT FROM {empty} THEN chunk.{column} ELSE item.{column} END AS {column}"
    )


UPDATE_FACTS = f"""
    WITH chosen AS (
        SELECT DISTINCT ON (item.id) item.id, {", ".join(_choose(*pair) for pair in UPDATED.items())}
        FROM chunk JOIN library_item AS item ON item.id = chunk.known WHERE NOT chunk.is_owned
        ORDER BY item.id, chunk.number
    )
    UPDATE library_item AS item SET {", ".join(f"{column} = chosen.{column}" for column in UPDATED)}, updated_at = now()
    FROM chosen WHERE item.id = chosen.id
        AND ({", ".join(f"item.{column}" for column in UPDATED)})
            IS DISTINCT FROM ({", ".join(f"chosen.{column}" for column in UPDATED)})
    RETURNING item.id
"""  # noqa: S608 - constants of this file
UPDATE_POPULARITY = """
    UPDATE library_item AS item SET popularity = chunk.popularity FROM chunk
    WHERE item.id = chunk.known AND NOT chunk.is_owned AND (item.catalogue = %(catalogue)s OR item.popularity = 0)
        AND NOT 'popularity' = ANY(item.edited_fields) AND item.popularity <> chunk.popularity RETURNING item.id
"""


def prepare_merge(stage: Stage) -> None:
    """Resolves credits, creates indexes and matches works by title; once, when everything is staged."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NAME_CREDITS.format(**stage.names))
        cursor.execute(INDEX.format(**stage.names))
        cursor.execute("ANALYZE library_externalid; ANALYZE library_credit; ANALYZE library_contributor")
        cursor.execute(f"SELECT DISTINCT namespace FROM {stage.name('works')}")  # noqa: S608 - our own name
        spaces = [row[0] for row in cursor.fetchall()]
        cursor.execute(MATCH_TITLES.format(**stage.names), {"spaces": spaces})


def merge_chunk(stage: Stage, catalogue: str, done: int, last: int) -> dict[str, int]:
    """Merges works numbered from `done` + 1 to `last` in the caller's transaction; returns counts by outcome."""
    params = {"done": done, "last": last, "catalogue": catalogue}
    with connection.cursor() as cursor:
        run = _StatementRunner(cursor, stage, params)
        # Without ANALYZE the planner takes freshly filled tables for empty and chooses nested sequential scans.
        for statement in (CHUNK_IDS, "ANALYZE chunk_ids", CHUNK_WORKS, CHUNK_CREDITS):
            run(statement)
        run("ANALYZE chunk; ANALYZE chunk_credits")
        for parents in (True, False):
            run(INSERT_ITEMS, parents=parents)
            run(INSERT_IDS, parents=parents)
        run(INSERT_PEOPLE)
        run("SELECT count(*), count(known), count(*) FILTER (WHERE is_owned) FROM chunk")
        total, known, owned = cursor.fetchone()
        changed = run.collect(UPDATE_FACTS) | run.collect(DROP_CREDITS)
        changed |= run.collect(INSERT_CREDITS) & run.collect("SELECT known FROM chunk WHERE known IS NOT NULL")
        if changed:
            # S608: constants of the catalogue of columns
            run(f"UPDATE library_item AS item SET search = {SEARCH_SQL} WHERE id = ANY(%(ids)s)", ids=sorted(changed))  # noqa: S608
        updated = len(changed | run.collect(UPDATE_POPULARITY))
        run("DROP TABLE chunk, chunk_ids, chunk_credits")
    counts = {"added": total - known, "updated": updated, "unchanged": known - owned - updated, "owned": owned}
    return counts | {"other_kind": last - done - total}


class _StatementRunner:
    """Runs statements with the names of the staging tables and the parameters of the chunk."""

    def __init__(self, cursor: Any, stage: Stage, params: Mapping[str, Any]) -> None:
        self._cursor, self._stage, self._params = cursor, stage, params

    def __call__(self, statement: str, **more: Any) -> None:
        self._cursor.execute(statement.format(**self._stage.names), {**self._params, **more})

    def collect(self, statement: str) -> set[int]:
        self(statement)
        return {int(row[0]) for row in self._cursor.fetchall()}
