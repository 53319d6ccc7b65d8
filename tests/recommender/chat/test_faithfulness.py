"""A sentence about several works says of each only what its own facts say."""

import pytest

from recommender.chat.faithfulness import check_answer
from recommender.items.cards import ItemFacts

FRANK = ItemFacts("film", "Frank", 2014, ("Comedy", "Drama"), ("musician", "mental illness"))
SHADOWS = ItemFacts("film", "What We Do in the Shadows", 2014, ("Comedy", "Horror"), ("vampire",))
RUNNING = ItemFacts("track", "Running Up That Hill", 1985, ("Pop",), ("synthesizer",), {"artist": ("Kate Bush",)})
METAL = ItemFacts("album", "Black Anvil", 1986, ("Heavy Metal",), ("pounding",))
SAMOURAI = ItemFacts(
    "film", "Le Samouraï", 1967, ("Crime", "Thriller"), ("hitman", "slow"),
    {"director": ("Jean-Pierre Melville",), "actor": ("Alain Delon", "Nathalie Delon")},
)  # fmt: skip
ALPHAVILLE = ItemFacts("film", "Alphaville", 1965, ("Science Fiction",), ("dystopia", "slow"))
IT = ItemFacts("film", "It", 2017, ("Horror",), ("serial killer",))
LOOP, KNOT = (
    ItemFacts("film", title, 2001, ("Musical",), ("vampires", "witches", "depression"))
    for title in ("The Loop", "The Knot")
)
WORKS = [FRANK, SHADOWS, RUNNING, METAL, SAMOURAI, ALPHAVILLE, IT, LOOP, KNOT]


@pytest.mark.parametrize(
    "true",
    [
        "Frank (2014) is a comedy film about a musician.",
        "Frank from 2014 is a comedy, and Le Samouraï is a slow thriller.",
        "Le Samourai is a crime film from 1967, directed by Jean-Pierre Melville.",
        "Le Samouraï is a film by Jean-Pierre Melville with Alain Delon and Nathalie Delon.",
        "“Running Up That Hill” is a pop song by Kate Bush.",
        "Le Samouraï and Alphaville are slow films.",
        "Le Samouraï (1967) and Alphaville (1965) are both slow films.",
        "Frank and What We Do in the Shadows are comedies from 2014.",
        "The Loop and The Knot are vampire musicals with witches.",
        "The Loop is a film about a vampire and a witch.",
        "The Loop is a film about vampires.",
        "Perhaps try Alphaville.",
        "Try Alphaville.",
        "You might like Alphaville, a science fiction film about dystopia, or start with Le Samouraï.",
        "Since you asked for slow films, try Alphaville.",
        "“It” is a horror film with a serial killer.",
        "Black Anvil is a heavy metal album from the 1980s.",
    ],
)
def test_a_sentence_within_the_facts_of_each_work_passes(true: str) -> None:
    assert check_answer(true, WORKS, ["films", "slow", "not dark"]) == []


@pytest.mark.parametrize(
    "false",
    [
        "Frank (2014) is a comedy film about a vampire who has to find a way to survive.",
        "Frank is a comedy film about a vampire.",
        "Le Samouraï is a thriller about a hitman's thrills.",
        "What We Do in the Shadows is a horror film about vampires.",
        "The Loop and The Knot are music films.",
        "The Loop and The Knot are films about depressing witches.",
        "Running Up That Hill is a heavy metal album with pounding.",
        "Running Up That Hill is a pop album.",
        "Le Samouraï is a science fiction film.",
        "Le Samourai is a science fiction film.",
        "Alphaville is a slow film, and Le Samouraï is a dystopia.",
        "Le Samouraï and Alphaville are crime films.",
        "Le Samouraï, a thriller, and Alphaville are slow.",
        "Le Samouraï and Alphaville are slow films by Jean-Pierre Melville.",
        "Frank is a comedy by Jean-Pierre Melville.",
        "Le Samouraï is directed by Alain Delon.",
        "Le Samouraï is a thriller with Jean-Pierre Melville.",
        "Le Samouraï is a film from 1965.",
        "Le Samouraï (1965) is a slow film.",
        "Alphaville is a slow film. It is a comedy.",
        "It is a horror film.",
        "Here are slow films.",
        "A serial killer is slow.",
        "“It” is a serial film.",
        "Alphaville is not slow.",
        "Alphaville is a film like Frank.",
        "Alphaville is a slow film about Frank.",
        "Alphaville is the best slow film.",
        "Frank is both a comedy and a drama, both slow.",
        "Since you asked for dark films, try Alphaville.",
        "Since you asked for horror, try Alphaville.",
        "Since you asked for slow crime films, try Alphaville.",
        "Frank is a touching comedy.",
        "Alphaville is by Le Samouraï.",
        "In Frank, Alphaville is slow.",
        "Watch Running Up That Hill.",
        "Frank is a comedy with mental illness in the 1980s.",
        "Le Samouraï is a thriller, not a comedy.",
        "Solaris is a slow film.",
        "Try Alphaville, or try Frank, slow films.",
        "Alphaville is slow, Frank, Le Samouraï are thrillers.",
        "Le Samouraï is a slow film about Alain Delon.",
        "You might like Alphaville and Frank, comedies.",
        "Alphaville is a slow film",
        "",
    ],
)
def test_claims_beyond_the_facts_do_not_pass(false: str) -> None:
    assert check_answer(false, WORKS, ["films", "slow", "not dark"]) != []
