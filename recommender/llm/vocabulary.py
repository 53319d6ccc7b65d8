"""Words the grounding check looks at: which may open a sentence, which are claims. Data; knows no text."""

OPENERS = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "in", "on", "at", "of", "with", "by",
    "from", "for", "and", "but", "or", "if", "when", "while", "as", "into", "here", "there", "you", "your",
    "we", "our", "try", "one", "both", "each", "for", "its", "directed", "written", "composed", "created",
    "performed", "starring", "featuring", "set", "made", "released", "about", "enjoy", "think", "expect",
    "slow", "quiet", "loud", "fast", "gentle", "dark", "light", "warm", "calm", "tense", "long", "short",
    "also", "another", "perhaps", "maybe", "since", "because", "after", "before", "between", "two", "all",
    "every", "some", "not", "more", "less", "sure", "like", "how", "why", "what", "who", "give", "consider",
    "start", "then", "either", "next",
))  # fmt: skip
TITLE_SAFE = frozenset({"i"})
NUMBER_WORDS = frozenset((
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "dozen",
    "hundred", "thousand", "million", "billion",
))  # fmt: skip
LEAKS = (
    "as an ai", "ai model", "language model", "system prompt", "prompt", "instruction", "instructions", "ignore",
    "disregard", "the facts", "facts given", "given facts", "i cannot", "i can't", "i'm sorry", "assistant",
    "here is a", "here's a", "note that", "catalogue entry",
)  # fmt: skip
KINDS = {
    "film": "film", "movie": "film", "picture": "film", "series": "series", "show": "series", "episode": "episode",
    "album": "album", "record": "album", "track": "track", "song": "track", "video": "video", "clip": "video",
}  # fmt: skip
ROLE_PHRASES = {
    r"[Dd]irected by": "director", r"[Dd]irector": "director", r"[Ww]ritten by": "writer",
    r"[Cc]omposed by": "composer", r"[Cc]reated by": "creator", r"[Pp]erformed by": "artist", r"[Ss]ung by": "artist",
    r"[Ss]tarring": "actor", r"[Ss]tars": "actor", r"[Pp]ublished by": "channel",
}  # fmt: skip
GENRES = frozenset((
    "action", "adventure", "animation", "animated", "biography", "comedy", "crime", "documentary", "drama",
    "fantasy", "horror", "musical", "mystery", "noir", "romance", "romantic", "satire", "thriller", "war",
    "western", "sci-fi", "superhero", "sports", "ambient", "blues", "classical", "country", "dance", "disco",
    "electronic", "folk", "funk", "gospel", "hip-hop", "house", "indie", "jazz", "metal", "opera", "orchestral",
    "pop", "punk", "rap", "reggae", "rock", "soul", "soundtrack", "symphonic", "techno", "trance",
))  # fmt: skip
CLAIMS = (
    "award", "awards", "award-winning", "acclaimed", "best-selling", "bestselling", "blockbuster", "masterpiece",
    "classic", "iconic", "legendary", "famous", "box office", "sequel", "prequel", "remake", "true story", "based on",
    "oscar", "grammy", "most popular", "highest", "number one", "debut", "final", "first", "last", "best", "greatest",
    "worst", "critics", "cult", "platinum", "hit", "million", "original", "adaptation", "inspired by", "spin-off",
    "live", "unreleased", "banned", "controversial",
)  # fmt: skip
