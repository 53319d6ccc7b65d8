"""Indexes by which matching finds titles whatever their spelling. The expressions are those of matching/keys.py as of
this migration; a changed expression needs a migration of its own."""

from django.db import migrations

from mediarec.library.matching import keys

INDEXES = {
    "item_screen_key": (keys.SCREEN_KEY_SQL, "kind IN ('film', 'series', 'video')"),
    "item_music_key": (keys.MUSIC_KEY_SQL, "kind IN ('track', 'album')"),
    "item_original_key": (keys.ORIGINAL_KEY_SQL, "original_title <> ''"),
}


class Migration(migrations.Migration):
    dependencies = [("library", "0002_watching_and_audit")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX {name} ON library_item (({expression})) WHERE {condition}", f"DROP INDEX {name}"
        )
        for name, (expression, condition) in INDEXES.items()
    ]
