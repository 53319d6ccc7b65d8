"""The lexicon: words in requests and the genres, moods, kinds and languages they stand for. Data only.

A line of TOPIC_LINES or MOOD_LINES: concept | other genres and tags that count as it | synonyms in requests.
"""

TOPIC_LINES = """
science fiction | sci-fi | sci-fi, scifi, sci fi, sf, science-fiction, space opera
romantic comedy | romance | romcom, rom-com, rom com, romantic comedies
romance | | romantic, love story, love stories, romances, romantik
comedy | | comedies, funny, hilarious, laugh, laughs, humour, humor, humorous, lustig, lustiges, drôle, comédie, komödie
horror | | scary, creepy, spooky, frightening, terrifying, horrors, scares, gruselig
thriller | | thrillers, suspense, suspenseful
true crime | | true-crime
crime | | gangster, gangsters, mafia, crimes
noir | film-noir, neo-noir | film noir, film-noir, neo noir, neo-noir
heist | | heists, bank robbery, caper
mystery | whodunit, detective | mysteries, mysterious, whodunit, whodunnit, detective, detectives
drama | | dramas, dramatic
western | | westerns
war | | wartime
history | historical | historical, period drama, period piece, costume drama
animation | | animated, cartoon, cartoons
anime | |
family | children's | kids, children, child, kid, family-friendly, kid-friendly
fantasy | | fantasies
adventure | | adventures, adventurous
action | | explosions, action-packed, shootouts
musical | | musicals
documentary | | documentaries, docu, doc, docuseries, docs
biography | biographical | biopic, biopics, biographies, biographical
sport | sports | sports, football, boxing
superhero | superheroes | superheroes, comic book, marvel
spy | espionage | spies, espionage, spying
political | politics | politics
nature | | wildlife, animals
travel | | travelling, traveling
cooking | food | recipes, baking
gaming | | games, video games, gameplay
space | | outer space
zombie | zombies | zombies, undead
vampire | vampires | vampires
time travel | | time-travel, time loop, time loops
martial arts | kung fu | kung fu, kung-fu, karate
samurai | | samurais
silent | |
jazz | | bebop, swing
classical | | orchestral, symphony, symphonies
rock | | rock'n'roll, rock and roll
pop | |
metal | | heavy metal, death metal
punk | | punk rock
electronic | | electronica, edm
techno | |
disco | |
ambient | |
indie | |
hip hop | hip-hop, rap | hip-hop, hiphop, rap
r&b | rnb, rhythm and blues | rnb, r'n'b, rhythm and blues
soul | |
funk | | funky
folk | | folksy
blues | | bluesy
country | |
reggae | |
latin | | salsa, bossa nova
soundtrack | | soundtracks, film score, film scores, film music, scores
opera | | operas
world | world music | world music
"""

# Moods affect the ranking and filter nothing, unless they are negated ("not too dark").
MOOD_LINES = """
slow | slow burn, contemplative, meditative | slow-burn, slow burn, slower, meditative, slow ones, unhurried
calm | serene, relaxing, ambient | relaxing, relaxed, calmer, chill, chilled, mellow, peaceful, soothing, laid-back
quiet | contemplative, intimate | quieter, intimate, understated
dark | bleak, grim | bleak, gloomy, grim, darker, gritty, black comedy, dark comedy, black humour, bleaker
sad | melancholy, heartbreaking | melancholy, melancholic, depressing, tearjerker, weepy, weepie, cry, sadder, tragic
violent | brutal, gory | violence, bloody, gory, gore, brutal, blood, brutality, gruesome
loud | heavy | louder, noisy
heavy | | heavy-going, harrowing
uplifting | feel-good, joyful | feelgood, feel good, happy, cheerful, heartwarming, cheer me up, cheery, hopeful
cozy | cosy, warm | cosy, wholesome, warm, comforting, comfy
strange | surreal, absurd | weird, surreal, trippy, mind-bending, mindbending, bizarre, odd, quirky, absurd
dreamy | dreamlike | dreamlike, dream-like, ethereal
epic | | epics, grand
clever | witty | witty, smart, intelligent, thoughtful, brainy
tense | suspenseful | gripping, nail-biting, edge of your seat, edge-of-your-seat, nerve-racking, intense
energetic | fast-paced, driving, fast | fast, fast-paced, fast paced, upbeat, driving, high-energy, lively, uptempo
light | lighthearted, playful | lighthearted, light-hearted, playful, lighter, easygoing, easy-going
gentle | tender | tender, soft, gentler
beautiful | visually striking, lush | gorgeous, visually stunning, stunning, lush, visually striking
"""

# Adjectives that ask for a mood, not for a genre, as in "funny but no comedies".
MOOD_ADJECTIVES: dict[str, str] = {"funny": "comedy", "hilarious": "comedy", "romantic": "romance", "scary": "horror"}


def _read_lines(lines: str) -> dict[str, tuple[str, ...]]:
    """Word or phrase -> the concept followed by the genres and tags that count as it, in lower case."""
    table: dict[str, tuple[str, ...]] = {}
    for line in lines.strip().splitlines():
        concept, labels, synonyms = (
            [part.strip() for part in cell.split(",") if part.strip()] for cell in line.split("|")
        )
        table |= dict.fromkeys((*concept, *labels, *synonyms), (*concept, *labels))
    # A concept's own name takes precedence over a concept that includes it as a label.
    by_concept = {words[0]: words for words in table.values()}
    return table | by_concept


TOPICS = _read_lines(TOPIC_LINES) | {"children's": ("family", "children's"), "rap": ("hip hop", "hip-hop", "rap")}
MOODS = {said: words for said, words in _read_lines(MOOD_LINES).items() if said not in TOPICS}
COMPOUND_CONCEPTS: dict[str, tuple[str, ...]] = {
    # phrases that stand for two concepts
    "black comedy": ("comedy",), "dark comedy": ("comedy",), "black comedies": ("comedy",),
    "dark comedies": ("comedy",),
    "period drama": ("drama",), "costume drama": ("drama",), "sitcom": ("comedy",), "sitcoms": ("comedy",),
}  # fmt: skip
MOODS |= {"black comedies": MOODS["dark"], "dark comedies": MOODS["dark"]}

KINDS: dict[str, tuple[str, ...]] = {
    "film": ("film",), "films": ("film",), "movie": ("film",), "movies": ("film",), "flick": ("film",),
    "flicks": ("film",), "película": ("film",), "series": ("series",), "show": ("series",), "shows": ("series",),
    "tv": ("series",), "sitcom": ("series",), "sitcoms": ("series",), "miniseries": ("series",),
    "mini-series": ("series",), "docuseries": ("series",), "serie": ("series",),
    "episode": ("episode",), "episodes": ("episode",),
    "song": ("track",), "songs": ("track",), "track": ("track",), "tracks": ("track",), "tune": ("track",),
    "tunes": ("track",), "music": ("track", "album"), "musik": ("track", "album"), "musique": ("track", "album"),
    "listen": ("track", "album"), "hear": ("track", "album"),
    "album": ("album",), "albums": ("album",), "record": ("album",), "records": ("album",), "lp": ("album",),
    "clip": ("video",), "clips": ("video",), "video": ("video",), "videos": ("video",), "youtube": ("video",),
    "watch": ("film", "series"),
}  # fmt: skip
WEAK_KIND_WORDS = frozenset(
    {"watch", "listen", "hear", "show", "record", "tv"}
)  # verbs, or used together with a more specific word

LANGUAGES: dict[str, tuple[str, ...]] = {
    "english": ("en",), "french": ("fr",), "français": ("fr",), "francais": ("fr",), "german": ("de",),
    "deutsch": ("de",), "deutsche": ("de",), "italian": ("it",), "italiano": ("it",), "spanish": ("es",),
    "español": ("es",), "portuguese": ("pt",), "japanese": ("ja",), "korean": ("ko",), "chinese": ("zh",),
    "mandarin": ("zh",), "russian": ("ru",), "swedish": ("sv",), "danish": ("da",), "norwegian": ("no",),
    "finnish": ("fi",), "dutch": ("nl",), "polish": ("pl",), "czech": ("cs",), "hungarian": ("hu",), "hindi": ("hi",),
    "bollywood": ("hi",), "bengali": ("bn",), "persian": ("fa",), "iranian": ("fa",), "farsi": ("fa",),
    "arabic": ("ar",), "turkish": ("tr",), "greek": ("el",), "hebrew": ("he",), "thai": ("th",), "tamil": ("ta",),
    "icelandic": ("is",), "ukrainian": ("uk",), "romanian": ("ro",), "scandinavian": ("sv", "da", "no"),
    "nordic": ("sv", "da", "no"),
}  # fmt: skip
FOREIGN = ("en",)  # "a foreign film" is one that is not in the interface's language

NUMBERS: dict[str, int] = {
    "one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "half": 0,
}  # fmt: skip
ORDINALS: dict[str, int] = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
}  # fmt: skip

STOP_WORDS = frozenset(
    """
    a about actually again album albums all also always am an and another any anymore anything anyway are around as at
    available be been before best bit both bored but by can can't cannot care check clip clips could couple date day
    did different do does don't dozen each else enjoyed ending evening ever every everyone everything feel feeling few
    fewer film films find first for forever friends from future get give go good got great had half has hate have
    haven't hear heard hello help her here hey hi hide him his hour hours how i i'd i'm i've idea if im in inside
    instead into is isn't it it's its just kind know last lately less let let's like liked list listen little long
    longer lot love loved make many may maybe me might min minute minutes mix mood month more most mostly movie movies
    much music my need neither never new newer next nice night no none nor not nothing now of off ok okay old older on
    one ones only or other others our own owned people perhaps play playlist please possible prefer probably put quick
    quite rather really recent recommend recommendation recommendations record records runtime sat say see seen series
    set short shorter should show shows similar since so some somebody someone something sometimes somewhat song songs
    soon sort still stop stuff style such suggest suggestion suggestions sure surprise take tell than thank thanks that
    that's the their them then there there's these they thing things think this those till time tired to today together
    tonight too top toward towards track tracks try tune tunes tv under unless until up upon us use usual very video
    videos want wanted was watch watched we we'd we've weekend week well were what what's whatever when where which
    while who whole why will with without worth would wouldn't year years yes yet you you'd your evening any-more
    """.split()  # noqa: SIM905 - a list this long reads better as prose
)
