"""Staged works into the library, thousands at a time by a handful of statements; all names in them are ours.

A work is found again by its ids. What is in the library from elsewhere keeps what it says and is completed; what a
person owns or wrote is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from mediarec.library.catalogues.staging import Stage
from mediarec.library.item_lookup import SEARCH_SQL, SEARCH_WITH_NAMES

CHUNK = 50_000
PARENTS = "('album', 'series')"
RUNTIME_APART = 300  # seconds; two cuts of one film are nearer than this, two films of one name rarely

NAME_CREDITS = """
    INSERT INTO {credits}
    SELECT work.number, said.role, said.position, named.name, named.name_key
    FROM {raw_credits} AS said JOIN {works} AS work ON work.value = said.value
    JOIN {names} AS named ON named.person = said.person
"""
INDEX = (
    "CREATE UNIQUE INDEX ON {works} (number); CREATE INDEX ON {credits} (number); ANALYZE {works}; ANALYZE {credits}"
)

# Films and series of the same title and year, recordings of the same title and artist; only where there is exactly one
# on either side, nothing speaks against it, and the catalogue has not named the item already.
MATCH_TITLES = f"""
    WITH candidate AS (
        SELECT item.id, item.kind, item.title_key, item.year, item.runtime_seconds FROM library_item AS item
        WHERE item.catalogue = '' AND item.kind IN ('film', 'series', 'track', 'album') AND NOT EXISTS (
            SELECT FROM library_externalid AS known WHERE known.item_id = item.id AND known.namespace = ANY(%(spaces)s))
    ), pair AS (
        SELECT work.number, candidate.id FROM candidate
        JOIN {{works}} AS work ON work.kind = candidate.kind AND work.title_key = candidate.title_key
        WHERE CASE WHEN work.kind IN ('film', 'series') THEN work.year = candidate.year ELSE EXISTS (
            SELECT FROM {{credits}} AS said JOIN library_contributor AS person ON person.name_key = said.name_key
            JOIN library_credit AS credit ON credit.contributor_id = person.id AND credit.item_id = candidate.id
            WHERE said.number = work.number AND said.role = 'artist' AND credit.role = 'artist') END
        AND coalesce(abs(work.runtime_seconds - candidate.runtime_seconds), 0) <= {RUNTIME_APART}
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY number) AS items, count(*) OVER (PARTITION BY id) AS works FROM pair
    )
    INSERT INTO {{titled}} SELECT number, id FROM counted WHERE items = 1 AND works = 1
"""  # noqa: S608 - constants of this file
CHUNK_IDS = """
    CREATE TEMP TABLE chunk_ids ON COMMIT DROP AS
    SELECT number, namespace, value FROM {works} WHERE number > %(done)s AND number <= %(last)s
    UNION SELECT work.number, left(said.key, 20), said.value FROM {works} AS work, json_each_text(work.ids) AS said
    WHERE number > %(done)s AND number <= %(last)s AND work.ids IS NOT NULL
"""
# A work whose own id belongs to an item of another kind is neither merged with that nor made a second time.
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
    SELECT chunk.id, said.role, said.position, said.name, said.name_key FROM chunk
    JOIN {credits} AS said USING (number) WHERE said.name_key <> ''
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
    SELECT DISTINCT ON (said.name_key) said.name, said.name_key FROM chunk_credits AS said
    WHERE NOT EXISTS (SELECT FROM library_contributor AS person WHERE person.name_key = said.name_key)
    ORDER BY said.name_key, said.name ON CONFLICT DO NOTHING
"""
# Credits of a known item are completed only while it has none, or is this catalogue's own; no person wrote those.
INSERT_CREDITS = """
    INSERT INTO library_credit (item_id, contributor_id, role, position)
    SELECT DISTINCT ON (said.id, person.id, said.role) said.id, person.id, said.role, said.position
    FROM chunk_credits AS said JOIN library_contributor AS person ON person.name_key = said.name_key
    JOIN chunk ON chunk.id = said.id JOIN library_item AS item ON item.id = said.id
    WHERE chunk.known IS NULL OR NOT chunk.is_owned AND NOT 'credits' = ANY(item.edited_fields) AND (
        item.catalogue = %(catalogue)s OR NOT EXISTS (SELECT FROM library_credit AS one WHERE one.item_id = said.id))
    ORDER BY said.id, person.id, said.role, said.position ON CONFLICT DO NOTHING RETURNING item_id
"""
DROP_CREDITS = """
    DELETE FROM library_credit AS credit USING chunk, library_item AS item, library_contributor AS person
    WHERE credit.item_id = chunk.known AND item.id = chunk.known AND person.id = credit.contributor_id
        AND item.catalogue = %(catalogue)s AND NOT chunk.is_owned AND NOT 'credits' = ANY(item.edited_fields)
        AND EXISTS (SELECT FROM chunk_credits AS said WHERE said.id = chunk.id)
        AND NOT EXISTS (SELECT FROM chunk_credits AS said
            WHERE said.id = chunk.id AND said.role = credit.role AND said.name_key = person.name_key)
    RETURNING credit.item_id
"""
UPDATED = {
    "title": "''", "title_key": "''", "original_title": "''", "year": "NULL", "genres": "'{{}}'", "tags": "'{{}}'",
    "language": "''", "runtime_seconds": "NULL", "synopsis": "''", "season": "NULL",
}  # fmt: skip


def _choose(column: str, empty: str) -> str:
    """What a person wrote, else what this catalogue says of its own, else what fills a gap, else what was there."""
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
    """Names the credits, makes the indexes and looks for works that are known by title; once, when all is staged."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NAME_CREDITS.format(**stage.names))
        cursor.execute(INDEX.format(**stage.names))
        cursor.execute("ANALYZE library_externalid; ANALYZE library_credit; ANALYZE library_contributor")
        cursor.execute(f"SELECT DISTINCT namespace FROM {stage.name('works')}")  # noqa: S608 - our own name
        spaces = [row[0] for row in cursor.fetchall()]
        cursor.execute(MATCH_TITLES.format(**stage.names), {"spaces": spaces})


def merge_chunk(stage: Stage, catalogue: str, done: int, last: int) -> dict[str, int]:
    """Works of the numbers after `done` to `last`, within the caller's transaction; says how many of them were what."""
    given = {"done": done, "last": last, "catalogue": catalogue}
    with connection.cursor() as cursor:
        run = _Running(cursor, stage, given)
        # Tables that were filled a moment ago seem empty to the planner, and it would look through each for each row.
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
    counted = {"added": total - known, "updated": updated, "unchanged": known - owned - updated, "owned": owned}
    return counted | {"other_kind": last - done - total}


class _Running:
    """Runs statements with the stage's names and the chunk's bounds filled in."""

    def __init__(self, cursor: Any, stage: Stage, given: Mapping[str, Any]) -> None:
        self._cursor, self._stage, self._given = cursor, stage, given

    def __call__(self, statement: str, **more: Any) -> None:
        self._cursor.execute(statement.format(**self._stage.names), {**self._given, **more})

    def collect(self, statement: str) -> set[int]:
        self(statement)
        return {int(row[0]) for row in self._cursor.fetchall()}
