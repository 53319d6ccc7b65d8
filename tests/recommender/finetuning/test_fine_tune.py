"""Fine-tuning on a household whose two groups never mix: training, registration, and too little data."""

import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from safetensors.torch import load_file, save_file

from mediarec.library.errors import UnavailableError
from mediarec.library.models import InteractionType, Item, Person
from recommender.backends import ranker_weights
from recommender.finetuning import fine_tune
from recommender.finetuning.training_data import HouseholdData, build_data, load_training_events
from recommender.finetuning.versions import register
from recommender.models import Embedding, EmbeddingSpace, TrainedRanker
from recommender.sequence.config import RankerConfig
from recommender.sequence.events import EVENT_TYPES
from recommender.sequence.network import SequenceNetwork
from recommender.sequence.serving import SequenceRanker
from recommender.taste.ignored_items import ignore_item
from recommender.training import onnx_export
from recommender.training.onnx_export import FACTS_FILE, TORCH_FILE, export_network
from recommender.training.trainer import DivergedError, Trainer, TrainingConfig
from tests.recommender.checkerboard import DIMS, act, make_board, make_person

pytestmark = pytest.mark.django_db
CONFIG = RankerConfig(
    dims=16, heads=2, length=12, tower_hidden=24, modality_dims={"text": DIMS, "image": 6, "audio": 4}
)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exported random weights; once per module, since the export takes seconds."""
    folder = tmp_path_factory.mktemp("rankers") / "start"
    torch.manual_seed(1)
    facts = {"name": "sequence-start", "version": "start", "trained_modalities": ["text"]}
    export_network(SequenceNetwork(CONFIG), folder, facts)
    return folder


@pytest.fixture
def start(weights: Path) -> Path:
    """These weights as the live ones."""
    TrainedRanker.objects.create(version="start", folder=str(weights), state=TrainedRanker.State.LIVE)
    return weights


def build(config: RankerConfig) -> HouseholdData:
    return build_data(load_training_events(), config, {})


def watch(board: dict[str, list[Item]], people: int = 8, each: int = 12) -> None:
    rng = np.random.default_rng(5)
    for number in range(people):
        person = make_person(f"person {number}")
        colour = "black" if number % 2 else "white"
        for day, index in enumerate(rng.permutation(len(board[colour]))[:each]):
            act(person, board[colour][index], InteractionType.FINISHED if day % 3 else InteractionType.LIKED, day=day)


def test_a_run_registers_one_servable_ranker(start: Path, settings: object, tmp_path: Path) -> None:
    board = make_board()
    watch(board)
    settings.MEDIAREC_HOME = tmp_path  # type: ignore[attr-defined]
    outcome = fine_tune.fine_tune(minutes=1, epochs=6)
    assert outcome.is_live, outcome.sentence
    assert outcome.version in outcome.sentence
    row = TrainedRanker.objects.get(state=TrainedRanker.State.LIVE)
    assert row.version == outcome.version
    assert TrainedRanker.objects.get(version="start").state == TrainedRanker.State.FORMER
    ranker = SequenceRanker.load(Path(row.folder))
    assert ranker.trained_modalities == {"text"}
    assert set(ranker.facts["trained_events"]) == set(EVENT_TYPES)
    assert ranker.facts["encoders"] == {"text": "made-up text 1"}
    measured = row.metrics["measured"]
    assert measured["versions"][:2] == [outcome.version, "start"]  # then what rolling back leads to
    assert measured["people"].keys() == {str(pk) for pk in Person.objects.values_list("pk", flat=True)}
    assert all(figures["weights"][outcome.version]["unseen_events"] >= 1 for figures in measured["people"].values())
    assert all(
        figures["weights"]["start"]["unseen_events"] == figures["events"] for figures in measured["people"].values()
    )
    assert row.metrics["decision"] == outcome.sentence
    assert Path(row.folder).parent == tmp_path / "rankers"
    assert not list((tmp_path / "cache" / "household-run").glob("*"))  # a run that ended leaves no checkpoint


def test_worse_weights_do_not_go_live(start: Path) -> None:
    row = register("worse", Path("/nowhere"), "hash", {}, is_live=False)
    assert row.state == TrainedRanker.State.REJECTED
    assert TrainedRanker.objects.get(state=TrainedRanker.State.LIVE).version == "start"


def test_better_weights_go_live_and_replace_the_current_ones(start: Path) -> None:
    register("better", Path("/nowhere"), "hash", {}, is_live=True)
    assert TrainedRanker.objects.get(state=TrainedRanker.State.LIVE).version == "better"
    assert TrainedRanker.objects.get(version="start").state == TrainedRanker.State.FORMER


def test_too_little_history_raises_an_error_with_the_counts(start: Path) -> None:
    watch(make_board(), people=2, each=5)
    with pytest.raises(CommandError, match=r"too little to learn from: 10 events .* 40 are needed"):
        call_command("train", "--minutes", "1")


def test_rejections_stay_in_the_sequence_with_negative_weights(start: Path) -> None:
    board = make_board()
    person = make_person()
    act(person, board["black"][0], InteractionType.FINISHED, day=1)
    act(person, board["white"][0], InteractionType.DISLIKED, day=2)
    act(person, board["black"][1], InteractionType.RATED, day=3, value=1.0)
    act(person, board["white"][1], InteractionType.RATED, day=4, value=0.2)
    act(person, board["white"][2], InteractionType.RATED, day=5, value=0.5)
    withdrawn = act(person, board["black"][2], InteractionType.LIKED, day=6)
    withdrawn.withdrawn_at = withdrawn.occurred_at
    withdrawn.save()
    [steps] = load_training_events().values()
    assert [(step.item_id, step.name, np.sign(step.weight)) for step in steps] == [
        (board["black"][0].pk, "finished", 1),
        (board["white"][0].pk, "disliked", -1),
        (board["black"][1].pk, "rated_high", 1),
        (board["white"][1].pk, "rated_low", -1),
        (board["white"][2].pk, "rated_low", 0),  # neutral, so it is no target
    ]


def test_ignored_items_are_not_trained_on(start: Path) -> None:
    board = make_board()
    person, other = make_person("ana"), make_person("bo")
    for watcher in (person, other):
        for day, item in enumerate(board["black"][:3]):
            act(watcher, item, InteractionType.FINISHED, day=day)
    ignore_item(person.pk, board["black"][1].pk)
    read = load_training_events()
    assert [step.item_id for step in read[person.pk]] == [board["black"][0].pk, board["black"][2].pk]
    assert len(read[other.pk]) == 3


def test_the_last_two_events_are_positive_ones(start: Path) -> None:
    board = make_board()
    watch(board)
    for number, person in enumerate(Person.objects.all()):
        act(person, board["white"][number], InteractionType.SKIPPED, day=90)
    household = build(CONFIG)
    assert household.data.weights is not None
    assert len(household.data.weights) > 0
    assert all((weights[-2:] > 0).all() for weights in household.data.weights)
    assert household.trained_until.keys() == set(Person.objects.values_list("pk", flat=True))


def test_equal_times_keep_the_order_of_recording(start: Path) -> None:
    board = make_board()
    person = make_person()
    for index in (3, 1, 2):
        act(person, board["black"][index], InteractionType.FINISHED, day=1)
    [steps] = load_training_events().values()
    assert [step.item_id for step in steps] == [board["black"][index].pk for index in (3, 1, 2)]


def test_disliking_what_was_just_finished_is_a_second_event_and_liking_it_is_not(start: Path) -> None:
    board = make_board()
    person = make_person()
    for day, what in enumerate((InteractionType.FINISHED, InteractionType.LIKED, InteractionType.DISLIKED)):
        act(person, board["black"][0], what, day=day)
    [steps] = load_training_events().values()
    assert [step.name for step in steps] == ["finished", "disliked"]


def test_items_without_a_vector_are_no_negatives(start: Path) -> None:
    board = make_board()
    watch(board)
    Item.objects.create(kind="film", title="Unread", title_key="unread", popularity=1)
    data = build(CONFIG).data
    assert data.item_count == sum(len(items) for items in board.values())
    assert data.present["text"].all()


def test_a_new_modality_starts_with_a_gate_near_zero(start: Path) -> None:
    board = make_board()
    watch(board)
    trainer = Trainer(CONFIG, TrainingConfig(), build(CONFIG).data)
    assert fine_tune._load_weights(trainer, start) == {"text"}
    tower = trainer.network.tower
    assert tower is not None
    assert not tower.projections["audio"].get_parameter("weight").any()
    assert tower.projections["text"].get_parameter("weight").any()


def test_the_weights_carry_what_fine_tuning_needs(start: Path) -> None:
    assert (start / TORCH_FILE).is_file()
    assert RankerConfig.from_json(fine_tune._read_facts(start)["config"]) == CONFIG
    assert (start / FACTS_FILE).is_file()


@pytest.mark.parametrize(
    ("before", "after", "is_taken"),
    [
        (0.100, 0.098, True),  # two percent worse
        (0.100, 0.096, False),
        (0.0, 0.01, True),
        (0.01, 0.0, False),
        (0.1, float("nan"), False),
    ],
)
def test_the_gate_accepts_weights_at_most_three_percent_worse(before: float, after: float, is_taken: bool) -> None:
    assert (
        fine_tune.passes_gate(fine_tune.HoldoutMetrics(before, 0.1, 9), fine_tune.HoldoutMetrics(after, 0.1, 9))
        is is_taken
    )


def test_without_hits_in_the_first_ten_the_reciprocal_rank_decides() -> None:
    def judge(mrr: float) -> fine_tune.HoldoutMetrics:
        return fine_tune.HoldoutMetrics(0.0, mrr, 9)

    assert fine_tune.passes_gate(judge(0.010), judge(0.012))
    assert not fine_tune.passes_gate(judge(0.010), judge(0.009))
    assert "mean reciprocal rank 0.0100 before" in fine_tune._describe_outcome("v", False, judge(0.01), judge(0.009))


def test_a_diverged_run_changes_nothing(
    start: Path, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_network(trainer: Trainer, report: object) -> None:
        next(trainer.network.parameters()).data.fill_(float("nan"))

    watch(make_board())
    settings.MEDIAREC_HOME = tmp_path  # type: ignore[attr-defined]
    monkeypatch.setattr(Trainer, "run", break_network)
    with pytest.raises(DivergedError, match="not finite numbers"):
        fine_tune.fine_tune(epochs=1)
    assert [row.version for row in TrainedRanker.objects.all()] == ["start"]
    assert not list((tmp_path / "rankers").glob("*"))


def test_a_truncated_start_file_raises_an_error_and_changes_nothing(
    weights: Path, settings: object, tmp_path: Path
) -> None:
    torn = tmp_path / "torn"
    shutil.copytree(weights, torn)
    whole = (torn / TORCH_FILE).read_bytes()
    (torn / TORCH_FILE).write_bytes(whole[: len(whole) // 2])
    TrainedRanker.objects.create(version="start", folder=str(torn), state=TrainedRanker.State.LIVE)
    watch(make_board())
    settings.MEDIAREC_HOME = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(UnavailableError, match="nothing to start from"):
        fine_tune.fine_tune(epochs=1)
    assert TrainedRanker.objects.get().state == TrainedRanker.State.LIVE


def test_weights_of_another_version_are_distinguished_from_damaged_ones(start: Path, tmp_path: Path) -> None:
    watch(make_board())
    shutil.copytree(start, tmp_path / "older")
    tensors = load_file(str(start / TORCH_FILE))
    tensors.pop(next(name for name in tensors if "blocks" in name))
    save_file(tensors, str(tmp_path / "older" / TORCH_FILE))
    trainer = Trainer(CONFIG, TrainingConfig(), build(CONFIG).data)
    with pytest.raises(UnavailableError, match="still ranks, but there is nothing to start from"):
        fine_tune._load_weights(trainer, tmp_path / "older")


def test_a_kill_during_the_export_leaves_the_current_weights_and_the_next_run_cleans_up(
    start: Path, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(network: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        os.kill(os.getpid(), signal.SIGKILL)

    settings.MEDIAREC_HOME = tmp_path  # type: ignore[attr-defined]
    folder = tmp_path / "rankers" / "household-new"
    monkeypatch.setattr(onnx_export, "_export_items", lambda tower, path: path.write_bytes(b"one"))
    monkeypatch.setattr(onnx_export, "_export_person", write_half)
    child = os.fork()
    if not child:
        export_network(SequenceNetwork(CONFIG), folder, {})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not folder.exists()
    assert [path.name.startswith(".export-") for path in folder.parent.iterdir()] == [True]
    assert ranker_weights.find_current().version == "start"
    fine_tune._remove_leftovers()
    assert not list(folder.parent.iterdir())


def test_vectors_of_another_encoder_are_masked_and_logged_once(start: Path, caplog: pytest.LogCaptureFixture) -> None:
    watch(make_board())
    other = EmbeddingSpace.objects.create(modality="audio", encoder="other ears", version="2", dims=4, is_serving=True)
    Embedding.objects.create(space=other, item=Item.objects.all()[0], content_hash="x", vector=[1, 0, 0, 0])
    assert build(CONFIG).data.present["audio"].any()  # weights that name none take what fits
    for _ in range(2):
        household = build_data(load_training_events(), CONFIG, {"audio": "first ears 1"})
        assert not household.data.present["audio"].any()
    assert caplog.text.count("audio vectors of first ears 1, not of other ears 2") == 1
    assert household.encoders == {"text": "made-up text 1"}


def test_a_checkpoint_of_other_history_is_dropped_and_the_run_begins_anew(start: Path, tmp_path: Path) -> None:
    board = make_board()
    watch(board)
    Trainer(CONFIG, TrainingConfig(), build(CONFIG).data, tmp_path).save()
    act(Person.objects.all()[0], board["white"][0], InteractionType.LIKED, day=99)
    trainer = Trainer(CONFIG, TrainingConfig(), build(CONFIG).data, tmp_path)
    fine_tune._resume(trainer)
    assert trainer.state.epoch == 0
    assert not list(tmp_path.glob("*.pt"))
