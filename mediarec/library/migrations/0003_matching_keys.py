"""Indexes by which matching finds titles whatever their spelling. The expressions are those of matching/keys.py at the
time of this migration, written out: when they change there, a migration of its own must build the indexes again."""

from django.db import migrations

SCREEN_KEY = "replace(replace(replace(translate(title_key, 'øłđðı ', 'olddi'), 'þ', 'th'), 'æ', 'ae'), 'œ', 'oe')"
MUSIC_KEY = (
    "replace(replace(replace(translate(regexp_replace(title_key, "
    "' ((19|20)[0-9][0-9] ([^ ]+ ){0,3})?(super |digital |digitally |mono |bonus )?"
    "(feat|ft|featuring|with|from|remaster|remastered|remastering|album version|original version|explicit|deluxe|"
    "expanded|legacy|special edition|collectors|[0-9]+th anniversary|anniversary|bonus track|soundtrack|"
    "original motion|edition|reissue)( .*)?$', ''), 'øłđðı ', 'olddi'), 'þ', 'th'), 'æ', 'ae'), 'œ', 'oe')"
)
ORIGINAL_KEY = (
    "translate(lower(original_title), "
    "'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĳĵķĺļľŀńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżžſ"
    "ḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẖẗẘẙẚẛ"
    "ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹøłđðı"
    r"""!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~ ’‘“”–—…·¡¿«»', """
    "'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiiijkllllnnnooorrrssssttuuuuuuwyzzzs"
    "abbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvwwwwwxxyzzzhtwyas"
    "aaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyyolddi')"
)
INDEXES = {
    "item_screen_key": (SCREEN_KEY, "kind IN ('film', 'series', 'video')"),
    "item_music_key": (MUSIC_KEY, "kind IN ('track', 'album')"),
    "item_original_key": (ORIGINAL_KEY, "original_title <> ''"),
}


class Migration(migrations.Migration):
    dependencies = [("library", "0002_watching_and_audit")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX {name} ON library_item (({expression})) WHERE {condition}", f"DROP INDEX {name}"
        )
        for name, (expression, condition) in INDEXES.items()
    ]
