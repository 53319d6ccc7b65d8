"""Words people use and what they stand for. Data only: the parser reads it, nothing here decides."""

KINDS: dict[str, tuple[str, ...]] = {
    "film": ("film",), "films": ("film",), "movie": ("film",), "movies": ("film",), "flick": ("film",),
    "documentary": ("film",), "documentaries": ("film",),
    "series": ("series",), "show": ("series",), "shows": ("series",), "tv": ("series",), "sitcom": ("series",),
    "song": ("track",), "songs": ("track",), "track": ("track",), "tracks": ("track",), "tune": ("track",),
    "tunes": ("track",), "music": ("track", "album"), "listen": ("track", "album"), "hear": ("track", "album"),
    "album": ("album",), "albums": ("album",), "record": ("album",), "records": ("album",),
    "clip": ("video",), "clips": ("video",), "video": ("video",), "videos": ("video",),
    "watch": ("film", "series"),
}  # fmt: skip
WEAK_KIND_WORDS = frozenset({"watch", "listen", "hear", "show", "record", "tv"})  # verbs, or said beside a firmer word

# What a person says -> the genre or tag words that count as it (compared in lower case).
TOPICS: dict[str, tuple[str, ...]] = {
    "sci-fi": ("science fiction", "sci-fi"), "scifi": ("science fiction", "sci-fi"),
    "science fiction": ("science fiction", "sci-fi"), "sf": ("science fiction",),
    "romcom": ("romance", "romantic comedy"), "romcoms": ("romance", "romantic comedy"),
    "rom-com": ("romance", "romantic comedy"), "romantic": ("romance",), "romance": ("romance",),
    "love story": ("romance",),
    "comedy": ("comedy",), "comedies": ("comedy",), "funny": ("comedy",), "hilarious": ("comedy",),
    "laugh": ("comedy",),
    "scary": ("horror",), "horror": ("horror",), "creepy": ("horror", "eerie"), "spooky": ("horror", "eerie"),
    "thriller": ("thriller",), "thrillers": ("thriller",), "suspense": ("thriller", "suspense"),
    "tense": ("thriller", "tense"),
    "crime": ("crime",), "true crime": ("true crime",), "noir": ("noir", "film-noir", "neo-noir"), "heist": ("heist",),
    "mystery": ("mystery",), "detective": ("mystery", "detective"), "whodunit": ("mystery", "whodunit"),
    "drama": ("drama",), "dramas": ("drama",), "western": ("western",), "westerns": ("western",),
    "war": ("war",), "history": ("history", "historical"), "historical": ("history", "historical"),
    "animated": ("animation",), "animation": ("animation",), "cartoon": ("animation",), "anime": ("anime",),
    "family": ("family", "children's"), "kids": ("family", "children's"), "children": ("family", "children's"),
    "fantasy": ("fantasy",), "adventure": ("adventure",), "action": ("action",), "musical": ("musical", "music"),
    "musicals": ("musical", "music"), "documentary": ("documentary",), "documentaries": ("documentary",),
    "silent": ("silent",), "jazz": ("jazz",), "classical": ("classical",), "rock": ("rock",), "pop": ("pop",),
    "metal": ("metal",), "punk": ("punk",), "electronic": ("electronic",), "techno": ("electronic", "techno"),
    "ambient": ("ambient",), "hip hop": ("hip hop", "hip-hop"), "hip-hop": ("hip hop", "hip-hop"),
    "rap": ("hip hop", "hip-hop", "rap"),
    "soul": ("soul",), "funk": ("funk", "soul"), "folk": ("folk",), "blues": ("blues",), "country": ("country",),
    "reggae": ("reggae",), "soundtrack": ("soundtrack",), "soundtracks": ("soundtrack",), "world music": ("world",),
}  # fmt: skip

# Moods direct the answer without shutting anything out, unless they are refused ("not too dark").
MOODS: dict[str, tuple[str, ...]] = {
    "slow": ("slow burn", "slow", "contemplative", "meditative"), "calm": ("calm", "serene", "quiet", "ambient"),
    "quiet": ("quiet", "contemplative", "intimate"), "dark": ("dark", "bleak", "grim"), "bleak": ("bleak", "dark"),
    "gloomy": ("bleak", "dark", "melancholy"), "sad": ("melancholy", "bittersweet", "sad"),
    "melancholy": ("melancholy",),
    "violent": ("violent", "brutal", "gory"), "bloody": ("gory", "violent", "brutal"), "loud": ("loud", "heavy"),
    "happy": ("uplifting", "joyful", "feel-good"), "uplifting": ("uplifting", "feel-good"),
    "feel-good": ("feel-good", "uplifting"),
    "cozy": ("cozy", "warm"), "cosy": ("cozy", "cosy", "warm"), "warm": ("warm", "tender"),
    "weird": ("surreal", "strange", "absurd"),
    "surreal": ("surreal", "dreamlike"), "dreamy": ("dreamlike", "dreamy"), "epic": ("epic",),
    "clever": ("clever", "witty"),
    "fast": ("fast-paced", "energetic", "fast"), "energetic": ("energetic", "driving"),
    "relaxing": ("calm", "serene", "relaxing"),
    "light": ("light", "lighthearted", "playful"), "gentle": ("gentle", "tender"),
    "beautiful": ("visually striking", "lush"),
}  # fmt: skip

LANGUAGES: dict[str, str] = {
    "english": "en", "french": "fr", "german": "de", "italian": "it", "spanish": "es", "portuguese": "pt",
    "japanese": "ja", "korean": "ko", "chinese": "zh", "mandarin": "zh", "russian": "ru", "swedish": "sv",
    "danish": "da", "norwegian": "no", "finnish": "fi", "dutch": "nl", "polish": "pl", "czech": "cs",
    "hungarian": "hu", "hindi": "hi", "bengali": "bn", "persian": "fa", "iranian": "fa", "arabic": "ar",
    "turkish": "tr", "greek": "el", "hebrew": "he", "thai": "th", "tamil": "ta",
}  # fmt: skip

NUMBERS: dict[str, int] = {
    "one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "half": 0,
}  # fmt: skip
ORDINALS: dict[str, int] = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
}  # fmt: skip

STOP_WORDS = frozenset(
    """
    a about actually again album albums all also am an and another any anything are as at be been best bit but
    by can clip clips could couple do does else evening feel feeling few film films find for from get give go
    good great half have hear hello hey hi hour hours how i i'd i'm im in instead into is it its just kind know
    less let like list listen little long longer lot love make many maybe me min minute minutes mix mood more
    movie movies much music my need never new newer nice no not now of off ok okay old older on one ones only or
    other others our own owned play playlist please put rather really recommend recommendation recommendations
    record records see seen series short shorter should show shows so some somebody someone something somewhat
    song songs sort stuff suggest tell than thank thanks that that's the them then there these they thing things
    this those to today tonight too top track tracks try tune tunes tv up us very video videos want wanted was
    watch we we'd weekend were what what's when where which who why will with without would yes you your
    """.split()  # noqa: SIM905 - a list this long reads better as prose
)
