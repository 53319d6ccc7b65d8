"""Comparatives ("funnier", "older") as pairs of opposite directions. Data only; knows no vectors."""

# (one end, the other end) -> a text for each end, which the text encoder represents well.
PAIRS: dict[tuple[str, str], tuple[str, str]] = {
    ("funnier", "more serious"): ("a funny, light-hearted comedy full of jokes", "a serious, grim drama"),
    ("darker", "lighter"): ("a dark, grim, bleak story", "a cheerful, light, playful story"),
    ("happier", "sadder"): ("a happy, uplifting, joyful story", "a sad, melancholy, tragic story"),
    ("scarier", "gentler"): ("a frightening horror story", "a gentle, tender, quiet, harmless story"),
    ("more violent", "less violent"): (
        "a violent, brutal, bloody story of killing",
        "a gentle, peaceful, tender story",
    ),
    ("faster", "slower"): ("fast, exciting, full of action", "slow, contemplative, unhurried"),
    ("calmer", "wilder"): ("calm, peaceful, soothing", "restless, frantic, furious"),
    ("louder", "quieter"): ("loud, heavy, distorted, furious music", "quiet, soft, gentle music"),
    ("weirder", "more ordinary"): ("strange, surreal, absurd, experimental", "ordinary, conventional, realistic"),
    ("more romantic", "less romantic"): ("a romantic love story", "a story without any romance"),
    ("warmer", "colder"): ("warm, tender, kind-hearted", "cold, distant, cruel"),
}
AGE, LENGTH = ("newer", "older"), ("longer", "shorter")  # compared by year and runtime, not by text
DIRECTIONS: dict[str, tuple[str, str]] = {
    **{pair[0]: ends for pair, ends in PAIRS.items()},
    **{pair[1]: (ends[1], ends[0]) for pair, ends in PAIRS.items()},
}
OPPOSITES: dict[str, str] = {
    end: other for pair in (*PAIRS, AGE, LENGTH) for end, other in (pair, (pair[1], pair[0]))
}  # fmt: skip
