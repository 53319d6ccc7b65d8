"""The content tower in torch: what an item looks, reads and sounds like, as one vector. Knows no people and no files.

Shapes: N items, M modalities, R = `reduced` numbers of a modality, H = `tower_hidden`, C = `dims`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from recommender.sequence.config import RankerConfig

ZERO_GATE = -4.0  # a weight of about 2 percent beside a modality whose gate is open


class Reduced(dict[str, Tensor]):
    """Vectors that were cut to their main directions already: those never change, and training reads them each step."""


class ContentTower(nn.Module):
    """Modality vectors to one item vector. A missing modality is masked, so its numbers cannot matter.

    Every modality is cut to its main directions, projected, weighted by a learned gate that sees what is there, and
    refined by one residual layer.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        hidden = config.tower_hidden
        self.names = tuple(config.modality_dims)
        self.sizes = dict(config.modality_dims)
        self.modality_dropout = config.modality_dropout
        self.blur = nn.Dropout(config.input_dropout)
        kept = {name: min(config.reduced, dims) for name, dims in self.sizes.items()}
        self.reductions = nn.ModuleDict({name: _Reduction(dims, kept[name]) for name, dims in self.sizes.items()})
        self.projections = nn.ModuleDict({name: nn.Linear(size, hidden) for name, size in kept.items()})
        self.gates = nn.ModuleDict({name: nn.Linear(size, 1) for name, size in kept.items()})
        self.refine = nn.Sequential(
            nn.LayerNorm(hidden),
            nn.GELU(),
            nn.Dropout(config.tower_dropout),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(config.tower_dropout),
        )
        self.norm = nn.LayerNorm(hidden)
        self.out = nn.Linear(hidden, config.dims)

    def forward(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """(N, dims of each modality) and (N,) booleans -> (N, C), unit length."""
        reduced = vectors if isinstance(vectors, Reduced) else self.reduce(vectors)
        kept = self._drop_modalities(present) if self.training else present
        names = self._choose_names(present) if self.training else self.names
        gates = torch.stack([self._gate(name, reduced, kept) for name in names], dim=1)  # (N, M)
        weights = torch.nan_to_num(torch.softmax(gates, dim=1))  # an item with nothing at all gets zeros
        projected = torch.stack(
            [self.projections[name](self.blur(reduced[name])) for name in names], dim=1
        )  # (N, M, H)
        hidden = (weights[:, :, None] * projected).sum(dim=1)
        hidden = hidden + self.refine(hidden)
        return functional.normalize(self.out(self.norm(hidden)), dim=-1)

    def reduce(self, vectors: Mapping[str, Tensor]) -> Reduced:
        """(N, dims of each modality) -> (N, R) of each."""
        return Reduced({name: self.reductions[name](vectors[name]) for name in self.names})

    @torch.no_grad()
    def fit(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> None:
        """Finds the main directions of each modality from the items that have it; two items are the least for that."""
        for name in self.names:
            rows = vectors[name][present[name]]
            if len(rows) > 1:
                self.reductions[name].fit(rows)  # type: ignore[operator]

    @torch.no_grad()
    def zero_gates(self, names: Iterable[str]) -> None:
        """Lets modalities that were never trained start from next to nothing, so that they can be learnt gently."""
        for name in names:
            for parameter in [*self.projections[name].parameters(), *self.gates[name].parameters()]:
                parameter.zero_()
            self.gates[name].get_parameter("bias").fill_(ZERO_GATE)

    def _choose_names(self, present: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Those that any item has: the others would be multiplied by nothing. All of them where no item has any."""
        return tuple(name for name in self.names if bool(present[name].any())) or self.names

    def _gate(self, name: str, reduced: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        gate = self.gates[name](reduced[name]).squeeze(-1)
        masked: Tensor = gate.masked_fill(~present[name], float("-inf"))
        return masked

    def _drop_modalities(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Hides a modality now and then, but never the last one an item has."""
        count = sum(mask.long() for mask in present.values())
        kept: dict[str, Tensor] = {}
        for name, mask in present.items():
            drop = (torch.rand(mask.shape, device=mask.device) < self.modality_dropout) & (count > 1) & mask
            kept[name] = mask & ~drop
            count = count - drop.long()
        return kept


class _Reduction(nn.Module):
    """Principal directions, found once and then fixed: fewer numbers to learn by heart, and a smaller product."""

    center: Tensor
    basis: Tensor

    def __init__(self, dims: int, kept: int) -> None:
        super().__init__()
        self.register_buffer("center", torch.zeros(dims))
        self.register_buffer("basis", torch.eye(dims)[:, :kept].contiguous())

    def forward(self, vectors: Tensor) -> Tensor:
        reduced: Tensor = (vectors - self.center) @ self.basis
        return reduced

    def fit(self, rows: Tensor) -> None:
        """Rows (n, dims); the directions are scaled so that an average number has a spread of one."""
        center = rows.mean(dim=0)
        _, _, directions = torch.linalg.svd((rows - center).double(), full_matrices=False)
        kept = min(self.basis.shape[1], len(directions))
        basis = torch.zeros_like(self.basis)
        basis[:, :kept] = directions[:kept].T.to(basis.dtype)
        spread = ((rows - center) @ basis).square().mean().sqrt().clamp(min=1e-6)
        self.center.copy_(center)
        self.basis.copy_(basis / spread)
