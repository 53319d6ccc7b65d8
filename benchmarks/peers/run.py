"""RecBole's SASRec and BERT4Rec beside ours: the same split, machine and run, and our ranks on their scores.

    python -m benchmarks.peers.run --data FOLDER --minutes M

Runs in an environment of its own (see README.md); nothing of the product imports RecBole.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.environment import describe_machine
from benchmarks.peers.data import pad_histories, write_atomic
from recommender.evaluation.baselines import count_events
from recommender.evaluation.protocol import Protocol, hash_split
from recommender.evaluation.ranks import rank_people
from recommender.evaluation.report import summarise
from recommender.sequence.config import RankerConfig
from recommender.training.movielens import TrainingData, read_movielens
from recommender.training.scoring import NetworkScorer
from recommender.training.trainer import Trainer, TrainingConfig

TEST = Protocol()
PEERS = ("SASRec", "BERT4Rec")
OURS = ("sasrec", "hstu")
NAME = "ml1m"
# RecBole 1.2.1 asks NumPy for names that NumPy 2 no longer has.
REMOVED_FROM_NUMPY = {"float_": np.float64, "complex_": np.complex128, "unicode_": np.str_}
LENGTH, WIDTH, BLOCKS, HEADS = 50, 64, 2, 2
BATCH = 2048  # targets in a step, RecBole's own choice: so many of its rows, or lists of ours with as many places


class Peer:
    """One RecBole model behind the question that our ranks ask."""

    def __init__(self, model: Any, dataset: Any, name: str) -> None:
        self.model, self.name = model, f"recbole-{name}"
        self.rows = np.array([dataset.token2id("item_id", str(item)) for item in range(dataset.item_num - 1)])

    @torch.inference_mode()
    def score(self, histories: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        self.model.eval()
        padded = pad_histories(histories, self.rows, LENGTH)
        interaction = importlib.import_module("recbole.data.interaction").Interaction(
            {
                "item_id_list": torch.from_numpy(padded),
                "item_length": torch.from_numpy((padded > 0).sum(axis=1)),
            }
        )
        scored: NDArray[np.float32] = self.model.full_sort_predict(interaction).float().numpy()
        return scored[:, self.rows]


def train_peer(name: str, films: TrainingData, folder: Path, minutes: float) -> dict[str, Any]:
    """An event is a training row: one target after its history, as RecBole's augmentation makes them."""
    config = _configure(name, folder)
    data = importlib.import_module("recbole.data")
    dataset = data.create_dataset(config)
    train, _, _ = data.data_preparation(config, dataset)
    model_class = importlib.import_module("recbole.utils").get_model(name)
    torch.manual_seed(1)
    model = model_class(config, train.dataset)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    started, events, losses = time.monotonic(), 0, 0.0
    while time.monotonic() - started < minutes * 60:
        model.train()
        for batch in train:
            loss = model.calculate_loss(batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            events, losses = events + len(batch), float(loss.detach())
            if time.monotonic() - started >= minutes * 60:
                break
    seconds = time.monotonic() - started
    counts = count_events([own[:-2] for own in films.sequences], films.item_count)
    figures = summarise(rank_people(Peer(model, dataset, name), films.sequences, TEST), counts)
    told = {"minutes": round(seconds / 60, 1), "events_per_second": round(events / seconds), "loss": round(losses, 3)}
    return {**told, **figures, **describe_machine()}


def _configure(name: str, folder: Path) -> Any:
    wanted = {
        "data_path": str(folder),
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "USER_ID_FIELD": "user_id",
        "ITEM_ID_FIELD": "item_id",
        "TIME_FIELD": "timestamp",
        "MAX_ITEM_LIST_LENGTH": LENGTH,
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"},
        "train_neg_sample_args": None,
        "loss_type": "CE",
        "hidden_size": WIDTH,
        "n_layers": BLOCKS,
        "n_heads": HEADS,
        "train_batch_size": BATCH,
        "use_gpu": False,
        "seed": 1,
        "state": "ERROR",
        "show_progress": False,
    }
    for gone, now in REMOVED_FROM_NUMPY.items():
        setattr(np, gone, now)
    # It reads the command line for settings of its own.
    sys.argv = sys.argv[:1]
    return importlib.import_module("recbole.config").Config(model=name, dataset=NAME, config_dict=wanted)


def train_ours(films: TrainingData, block: str, minutes: float) -> dict[str, Any]:
    """An event is a target: each place of a list that the loss asks for. Items are IDs alone, as to the peers.

    Epochs are set out of reach, so the rate never falls: neither does the peers'.
    """
    config = RankerConfig(
        dims=WIDTH, blocks=BLOCKS, heads=HEADS, length=LENGTH, block=block,
        has_content=False, id_items=films.item_count,
    )  # fmt: skip
    plan = TrainingConfig(epochs=1000, minutes=minutes, batch=BATCH // LENGTH, patience=1000, validate_every=1000)
    trainer = Trainer(config, plan, films)
    scorer = NetworkScorer(trainer.run(), films, f"ours-{block}")
    state = trainer.state
    counts = count_events([own[:-2] for own in films.sequences], films.item_count)
    figures = summarise(rank_people(scorer, films.sequences, TEST), counts)
    told = {"minutes": round(state.seconds / 60, 1), "events_per_second": round(state.events / state.seconds)}
    return {**told, **figures, **describe_machine()}


def main() -> None:
    parser = argparse.ArgumentParser(description="RecBole beside ours.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="where encoded vectors are kept")
    parser.add_argument("--minutes", type=float, default=2.0, help="of training, for each model")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    films = read_movielens(asked.data, asked.cache, RankerConfig().modality_dims)
    with tempfile.TemporaryDirectory() as made:
        write_atomic(films.sequences, Path(made), NAME)
        found: dict[str, Any] = {name: train_peer(name, films, Path(made), asked.minutes) for name in PEERS}
    for block in OURS:
        found[f"ours, {block} block"] = train_ours(films, block, asked.minutes)
    theirs = found["SASRec"]["events_per_second"]
    found["events_per_second_over_sasrec"] = {
        block: round(found[f"ours, {block} block"]["events_per_second"] / theirs, 1) for block in OURS
    }
    named = {
        "benchmark": "peers",
        "protocol": TEST.describe(),
        "protocol_hash": TEST.hash,
        "data_hash": films.data_hash,
        "split_hash": hash_split(films.sequences, TEST.held_back),
        "width": WIDTH,
        "length": LENGTH,
        "batch": BATCH,
        **found,
        **describe_machine(),
    }
    text = json.dumps(named, indent=2) + "\n"
    if asked.json:
        asked.json.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
