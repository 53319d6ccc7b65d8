"""Fine-tuning on a household whose two groups never mix: it learns, it registers, and it refuses too little."""

from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command

from mediarec.library.models import Item, Person, What
from recommender.models import TrainedRanker
from recommender.ranker_history import register
from recommender.sequence import household
from recommender.sequence.config import RankerConfig
from recommender.sequence.export import FACTS_FILE, TORCH_FILE, export_network
from recommender.sequence.household_data import HouseholdData, build_data, read_steps
from recommender.sequence.network import SequenceNetwork
from recommender.sequence.serving import SequenceRanker
from tests.recommender.checkerboard import DIMS, act, make_board, make_person

pytestmark = pytest.mark.django_db
CONFIG = RankerConfig(
    dims=16, heads=2, length=12, tower_hidden=24, modality_dims={"text": DIMS, "image": 6, "audio": 4}
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that know nothing yet; exporting takes seconds, so once."""
    folder = tmp_path_factory.mktemp("rankers") / "start"
    torch.manual_seed(1)
    facts = {"name": "sequence-start", "version": "start", "trained_modalities": ["text"]}
    export_network(SequenceNetwork(CONFIG), folder, facts)
    return folder


@pytest.fixture
def start(weights: Path) -> Path:
    """The same, in use."""
    TrainedRanker.objects.create(version="start", folder=str(weights), state=TrainedRanker.State.LIVE)
    return weights


def build(config: RankerConfig) -> HouseholdData:
    return build_data(read_steps(), config, {})


def watch(board: dict[str, list[Item]], people: int = 8, each: int = 12) -> None:
    rng = np.random.default_rng(5)
    for number in range(people):
        person = make_person(f"person {number}")
        colour = "black" if number % 2 else "white"
        for day, place in enumerate(rng.permutation(len(board[colour]))[:each]):
            act(person, board[colour][place], What.FINISHED if day % 3 else What.LIKED, day=day)


def test_a_run_ends_as_one_ranker_that_can_be_served(start: Path, settings: object, tmp_path: Path) -> None:
    board = make_board()
    watch(board)
    settings.MEDIAREC_HOME = tmp_path  # type: ignore[attr-defined]
    outcome = household.fine_tune(minutes=1, epochs=6)
    assert outcome.is_live, outcome.sentence
    assert outcome.version in outcome.sentence
    row = TrainedRanker.objects.get(state=TrainedRanker.State.LIVE)
    assert row.version == outcome.version
    assert TrainedRanker.objects.get(version="start").state == TrainedRanker.State.FORMER
    ranker = SequenceRanker.load(Path(row.folder))
    assert ranker.trained_modalities == {"text"}
    assert Path(row.folder).parent == tmp_path / "rankers"
    assert not list((tmp_path / "cache" / "household-run").glob("*"))  # a run that ended leaves no checkpoint


def test_worse_weights_are_kept_out(start: Path) -> None:
    row = register("worse", Path("/nowhere"), "hash", {}, is_live=False)
    assert row.state == TrainedRanker.State.REJECTED
    assert TrainedRanker.objects.get(state=TrainedRanker.State.LIVE).version == "start"


def test_better_weights_make_the_former_ones_former(start: Path) -> None:
    register("better", Path("/nowhere"), "hash", {}, is_live=True)
    assert TrainedRanker.objects.get(state=TrainedRanker.State.LIVE).version == "better"
    assert TrainedRanker.objects.get(version="start").state == TrainedRanker.State.FORMER


def test_too_little_history_is_refused_with_the_numbers(start: Path) -> None:
    watch(make_board(), people=2, each=5)
    with pytest.raises(CommandError, match=r"too little to learn from: 10 events .* 40 are needed"):
        call_command("train", "--minutes", "1")


def test_what_was_turned_away_from_stands_in_place_as_evidence_against(start: Path) -> None:
    board = make_board()
    person = make_person()
    act(person, board["black"][0], What.FINISHED, day=1)
    act(person, board["white"][0], What.DISLIKED, day=2)
    act(person, board["black"][1], What.RATED, day=3, value=1.0)
    act(person, board["white"][1], What.RATED, day=4, value=0.2)
    act(person, board["white"][2], What.RATED, day=5, value=0.5)
    withdrawn = act(person, board["black"][2], What.LIKED, day=6)
    withdrawn.withdrawn_at = withdrawn.occurred_at
    withdrawn.save()
    [steps] = read_steps().values()
    assert [(step.item_id, step.name, np.sign(step.weight)) for step in steps] == [
        (board["black"][0].pk, "finished", 1),
        (board["white"][0].pk, "disliked", -1),
        (board["black"][1].pk, "rated_high", 1),
        (board["white"][1].pk, "rated_low", -1),
        (board["white"][2].pk, "rated_low", 0),  # says neither, so it is never asked for
    ]


def test_the_last_two_events_are_positive_ones(start: Path) -> None:
    board = make_board()
    watch(board)
    for number, person in enumerate(Person.objects.all()):
        act(person, board["white"][number], What.SKIPPED, day=90)
    found = build(CONFIG)
    assert found.data.weights is not None
    assert all((weights[-2:] > 0).all() for weights in found.data.weights)
    assert found.learned_until.keys() == set(Person.objects.values_list("pk", flat=True))


def test_equal_times_keep_the_order_of_recording(start: Path) -> None:
    board = make_board()
    person = make_person()
    for place in (3, 1, 2):
        act(person, board["black"][place], What.FINISHED, day=1)
    [steps] = read_steps().values()
    assert [step.item_id for step in steps] == [board["black"][place].pk for place in (3, 1, 2)]


def test_disliking_what_was_just_finished_is_a_second_event_and_liking_it_is_not(start: Path) -> None:
    board = make_board()
    person = make_person()
    for day, what in enumerate((What.FINISHED, What.LIKED, What.DISLIKED)):
        act(person, board["black"][0], what, day=day)
    [steps] = read_steps().values()
    assert [step.name for step in steps] == ["finished", "disliked"]


def test_items_without_a_vector_are_no_rivals(start: Path) -> None:
    board = make_board()
    watch(board)
    Item.objects.create(kind="film", title="Unread", title_key="unread", popularity=1)
    data = build(CONFIG).data
    assert data.item_count == sum(len(items) for items in board.values())
    assert data.present["text"].all()


def test_a_modality_the_weights_never_saw_starts_from_next_to_nothing(start: Path) -> None:
    from recommender.sequence.training import Trainer, TrainingPlan

    board = make_board()
    watch(board)
    trainer = Trainer(CONFIG, TrainingPlan(), build(CONFIG).data)
    assert household._load_weights(trainer, start) == {"text"}
    tower = trainer.network.tower
    assert tower is not None
    assert not tower.projections["audio"].get_parameter("weight").any()
    assert tower.projections["text"].get_parameter("weight").any()


def test_the_weights_carry_what_fine_tuning_needs(start: Path) -> None:
    assert (start / TORCH_FILE).is_file()
    assert RankerConfig.from_json(household._read_facts(start)["config"]) == CONFIG
    assert (start / FACTS_FILE).is_file()
