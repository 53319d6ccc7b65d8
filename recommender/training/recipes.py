"""Named recipes (network config and training config) of the evaluated and shipped networks. Knows no tables.

Chosen on validation events; docs/evaluation.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from recommender.encoders.image_efficientnet import EfficientNetImageEncoder
from recommender.encoders.text_minilm import MiniLMTextEncoder
from recommender.sequence.cold_start import NeighbourSmoothing
from recommender.sequence.config import EaseConfig, MarkovChainConfig, RankerConfig, SmoothingConfig
from recommender.sequence.network import SequenceNetwork
from recommender.training.ensemble_weights import HELD_BACK, fit_experts, fit_exponents, set_exponents
from recommender.training.movielens import TrainingData
from recommender.training.scoring import average_person
from recommender.training.trainer import Progress, Trainer, TrainingConfig

AVERAGED_PEOPLE = 2000  # people whose vectors are averaged for cold-start smoothing
LICENCE = (
    "Trained on MovieLens-1M (GroupLens, University of Minnesota), whose terms allow research use and forbid "
    "commercial use without permission; the data itself is not included. Harper and Konstan, 2015, doi:10.1145/2827872."
)
ENCODERS = {
    encoder.modality: f"{encoder.name} {encoder.version}" for encoder in (MiniLMTextEncoder, EfficientNetImageEncoder)
}


@dataclass(frozen=True)
class Recipe:
    """`knows_ids` adds ID embeddings: `config.id_items` is then set to the number of items in the data."""

    config: RankerConfig
    plan: TrainingConfig
    knows_ids: bool = True

    def fit(self, data: TrainingData, seed: int) -> tuple[RankerConfig, TrainingConfig]:
        ids = data.item_count if self.knows_ids else 0
        return replace(self.config, id_items=ids), replace(self.plan, seed=seed)


FULL = Recipe(
    RankerConfig(
        dims=128,
        heads=4,
        length=50,
        block="ligr",
        dropout=0.25,
        event_dropout=0.25,
        tower_dropout=0.0,
        input_dropout=0.0,
        modality_dropout=0.05,
        id_dropout=0.03,
        content_share=0.2,
        # Fitted on validation events; used by runs that train on those and so cannot fit them.
        transitions=MarkovChainConfig(powers=(0.56, 0.21, 0.15, 0.08, 0.08, 0.08)),
        neighbours=EaseConfig(powers=(2.4, 2.2)),
        borrowing=SmoothingConfig(),
    ),
    # Many small steps: with 64 sequences of 200 events per step, five times as many events give no better ranking.
    TrainingConfig(epochs=24, minutes=90, batch=40, validate_every=2),
)
SHIPPED = Recipe(
    RankerConfig(dims=64, length=50, dropout=0.2, event_dropout=0.2, input_dropout=0.2, modality_dropout=0.3),
    # Few epochs and strong feature dropout: memorised training items are of no use in another library.
    TrainingConfig(epochs=6, minutes=60, batch=40, plain_share=0.5),
    knows_ids=False,
)
RECIPES: dict[str, Recipe] = {
    "full": FULL,
    "ids": replace(FULL, config=replace(FULL.config, has_content=False, borrowing=None)),
    "content": replace(
        FULL, config=replace(FULL.config, transitions=None, neighbours=None, borrowing=None), knows_ids=False
    ),
    "full-uncounted": replace(FULL, config=replace(FULL.config, transitions=None, neighbours=None, borrowing=None)),
    "nested": replace(
        FULL,
        config=replace(FULL.config, block="hstu", dims=256, heads=8, widths=(64, 128)),
        plan=replace(FULL.plan, target_share=0.5),
    ),
    "full-sasrec": replace(FULL, config=replace(FULL.config, block="sasrec")),
    "full-hstu": replace(FULL, config=replace(FULL.config, block="hstu")),
    "shipped": SHIPPED,
}


def train_recipe(
    recipe: Recipe,
    data: TrainingData,
    seed: int,
    folder: Path | None,
    report: Callable[[Progress], None] = lambda progress: None,
    *,
    resume: bool = False,
) -> tuple[SequenceNetwork, dict[str, Any]]:
    """Trains from random weights, or with `resume` from the checkpoint in `folder`; returns network and facts."""
    config, plan = recipe.fit(data, seed)
    trainer = Trainer(config, plan, data, folder)
    if resume:
        trainer.resume()
    network = trainer.run(report)
    add_count_models(trainer, network)
    trainer.delete_checkpoint()
    facts = {
        "licence": LICENCE,
        "data_hash": data.data_hash,
        "seed": seed,
        "epochs": trainer.state.epoch,
        "best_epoch": trainer.state.best_epoch,
        "training_minutes": round(trainer.state.seconds / 60, 1),
        "events_per_second": round(trainer.state.events / max(1e-9, trainer.state.seconds)),
        "trained_modalities": data.trained_modalities if config.has_content else [],
        "encoders": ENCODERS,
    }
    return network, facts


def add_count_models(trainer: Trainer, network: SequenceNetwork) -> None:
    """Fits the count-based models on the training events, and their exponents if validation events were held back."""
    fit_experts(network, trainer.reader, trainer.people, trainer.plan.held_back)
    with torch.no_grad():
        items = network.embed_items(trainer.vectors, trainer.present)
    if network.experts and trainer.plan.held_back == HELD_BACK:
        set_exponents(network, fit_exponents(network, trainer.reader, items, trainer.people))
    if network.config.borrowing is not None:
        _add_smoothing(trainer, network, items)


@torch.no_grad()
def _add_smoothing(trainer: Trainer, network: SequenceNetwork, items: torch.Tensor) -> None:
    """Runs after the exponents are set: neighbours' scores are those of network and experts together."""
    content, _ = network.embed_parts(trainer.vectors, trainer.present)
    if content is None or network.config.borrowing is None:
        return
    rows = trainer.people[:AVERAGED_PEOPLE]
    centre = average_person(network, trainer.reader, items, rows, trainer.plan.held_back)
    network.borrowing = NeighbourSmoothing.find(network.config.borrowing, content, trainer.counts, centre)
