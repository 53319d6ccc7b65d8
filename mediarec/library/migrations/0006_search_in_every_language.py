"""Works that came in before search knew accents and languages are indexed again, by themselves.

The statement stands here as it was: what the code builds later may read columns that this migration does not know.
"""

from django.db import migrations

CHUNK = 5000
CONFIG = """(CASE lower(left(item.language, 2))
    WHEN 'ar' THEN 'arabic' WHEN 'da' THEN 'danish' WHEN 'de' THEN 'german' WHEN 'el' THEN 'greek'
    WHEN 'en' THEN 'english' WHEN 'es' THEN 'spanish' WHEN 'fi' THEN 'finnish' WHEN 'fr' THEN 'french'
    WHEN 'hu' THEN 'hungarian' WHEN 'it' THEN 'italian' WHEN 'nb' THEN 'norwegian' WHEN 'nl' THEN 'dutch'
    WHEN 'no' THEN 'norwegian' WHEN 'pt' THEN 'portuguese' WHEN 'ro' THEN 'romanian' WHEN 'ru' THEN 'russian'
    WHEN 'sv' THEN 'swedish' WHEN 'tr' THEN 'turkish' ELSE 'simple' END)::regconfig"""
SEARCH = f"""
    setweight(to_tsvector('simple', item.title || ' ' || item.original_title || ' ' || item.title_key), 'A')
    || setweight(to_tsvector('simple', coalesce((
        SELECT string_agg(contributor.name || ' ' || contributor.name_key, ' ')
        FROM library_credit AS credit
        JOIN library_contributor AS contributor ON contributor.id = credit.contributor_id
        WHERE credit.item_id = item.id), '')), 'B')
    || setweight(to_tsvector('english',
        array_to_string(item.genres, ' ') || ' ' || array_to_string(item.tags, ' ')), 'C')
    || setweight(to_tsvector('english', item.synopsis), 'D')
    || setweight(to_tsvector({CONFIG}, item.title || ' ' || item.original_title), 'D')
    || setweight(to_tsvector({CONFIG}, item.synopsis), 'D')
"""  # noqa: S608 - constants


def refresh(apps, schema_editor):
    """In chunks, each committed; what is right already is not written again, so a second run costs a look."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT id FROM library_item WHERE id > %s ORDER BY id LIMIT %s", [last, CHUNK])
            ids = [pk for (pk,) in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(
                f"UPDATE library_item AS item SET search = {SEARCH} "  # noqa: S608 - constants
                f"WHERE item.id = ANY(%s) AND item.search IS DISTINCT FROM ({SEARCH})",
                [ids],
            )
            last = ids[-1]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("library", "0005_catalogues"),
    ]

    operations = [migrations.RunPython(refresh, migrations.RunPython.noop)]
