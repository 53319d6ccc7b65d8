"""Word lists for the grounding check: allowed sentence openers, neutral words, and words that are claims. Data only."""

SENTENCE_OPENERS = frozenset((
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "in", "on", "at", "of", "with", "by",
    "from", "for", "and", "but", "or", "if", "when", "while", "as", "into", "here", "there", "you", "your",
    "we", "our", "try", "one", "both", "each", "for", "its", "directed", "written", "composed", "created",
    "performed", "starring", "featuring", "set", "made", "released", "about", "enjoy", "think", "expect",
    "slow", "quiet", "loud", "fast", "gentle", "dark", "light", "warm", "calm", "tense", "long", "short",
    "also", "another", "perhaps", "maybe", "since", "because", "after", "before", "between", "two", "all",
    "every", "some", "not", "more", "less", "sure", "like", "how", "why", "what", "who", "give", "consider",
    "start", "then", "either", "next", "tagged",
))  # fmt: skip
TITLE_SAFE = frozenset({"i"})
NUMBER_WORDS = frozenset((
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "dozen",
    "hundred", "thousand", "million", "billion",
))  # fmt: skip
PROMPT_LEAKS = (
    "as an ai", "ai model", "language model", "system prompt", "prompt", "instruction", "instructions", "ignore",
    "disregard", "the facts", "facts given", "given facts", "i cannot", "i can't", "i'm sorry", "assistant",
    "note that", "catalogue entry", "sure, here",
)  # fmt: skip
KINDS = {
    "film": "film", "movie": "film", "picture": "film", "series": "series", "show": "series", "episode": "episode",
    "album": "album", "record": "album", "track": "track", "song": "track", "video": "video", "clip": "video",
    "band": "band", "singer": "singer", "novel": "book", "book": "book", "game": "game", "play": "play",
    "company": "company", "ensemble": "ensemble", "franchise": "franchise", "single": "single", "concert": "concert",
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
CLAIM_WORDS = (
    "award", "awards", "award-winning", "acclaimed", "best-selling", "bestselling", "blockbuster", "masterpiece",
    "classic", "iconic", "legendary", "famous", "box office", "sequel", "prequel", "remake", "true story", "based on",
    "oscar", "grammy", "most popular", "highest", "number one", "debut", "final", "first", "last", "best", "greatest",
    "worst", "critics", "cult", "platinum", "hit", "million", "original", "adaptation", "inspired by", "spin-off",
    "live", "unreleased", "banned", "controversial",
)  # fmt: skip
# Neutral words: any other word that is not in the facts counts as a claim.
NEUTRAL_WORDS = frozenset((
    "a", "about", "above", "across", "actor", "after", "again", "album", "all", "alone", "along", "also",
    "although", "always", "am", "among", "an", "and", "another", "any", "anything", "are", "around", "artist",
    "as", "ask", "asked", "at", "away", "back", "be", "because", "become", "been", "before", "begin", "behind",
    "being", "below", "between", "blend", "blends", "both", "bring", "but", "by", "calm", "came", "can", "cast",
    "center", "centered", "centre", "centred", "clear", "close", "combine", "combines", "come", "comes",
    "composed", "composer", "cool", "could", "create", "created", "creator", "day", "deal", "deals", "describe",
    "described", "did", "direct", "directed", "director", "do", "does", "down", "during", "each", "easy",
    "either", "enjoy", "enough", "episode", "even", "evening", "ever", "every", "everything", "explore",
    "explores", "feature", "features", "featuring", "feel", "feels", "few", "filled", "film", "find",
    "finished", "fit", "fits", "focus", "focuses", "follow", "following", "follows", "for", "from", "full",
    "genre", "gentle", "get", "give", "given", "go", "goes", "had", "happen", "has", "have", "he", "heard",
    "her", "here", "him", "his", "hour", "hours", "how", "if", "in", "include", "includes", "including",
    "inside", "into", "is", "it", "its", "itself", "just", "keep", "kind", "know", "known", "late", "later",
    "leave", "less", "let", "like", "liked", "listen", "little", "long", "look", "made", "make", "maker",
    "makes", "many", "may", "maybe", "me", "might", "mind", "minute", "minutes", "mix", "mood", "more", "most",
    "movie", "much", "music", "must", "my", "near", "need", "never", "next", "nice", "night", "no", "not",
    "nothing", "now", "of", "off", "often", "old", "on", "once", "one", "only", "open", "or", "other", "our",
    "out", "over", "own", "part", "people", "perform", "performed", "performer", "perhaps", "pick", "piece",
    "place", "played", "plays", "please", "put", "quite", "rather", "read", "really", "reason", "recommend",
    "recommended", "record", "release", "released", "revolve", "right", "role", "run", "running", "runs",
    "said", "same", "say", "screen", "see", "seem", "seen", "sense", "series", "set", "several", "shared",
    "she", "shift", "short", "should", "show", "shows", "side", "similar", "simple", "since", "slow", "so",
    "some", "someone", "something", "song", "soon", "sort", "sound", "sounds", "space", "star", "starring",
    "stars", "start", "started", "starts", "stay", "still", "stories", "story", "style", "such", "suggest",
    "suggestion", "suit", "suits", "tag", "tags", "take", "takes", "tell", "telling", "tells", "than", "that",
    "the", "their", "them", "theme", "themes", "then", "there", "these", "they", "thing", "things", "think",
    "this", "those", "though", "through", "time", "times", "title", "to", "together", "told", "tone", "too",
    "toward", "track", "try", "turn", "under", "until", "up", "upon", "us", "use", "used", "very", "video",
    "want", "wants", "was", "watch", "watched", "way", "we", "well", "were", "what", "when", "where", "which",
    "while", "who", "whole", "why", "will", "wish", "with", "within", "without", "word", "words", "work",
    "works", "would", "write", "writer", "written", "year", "years", "yes", "yet", "you", "your", "yourself",
))  # fmt: skip
