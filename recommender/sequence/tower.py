"""The content tower in torch: text, picture and sound vectors to one item vector. Knows no people and no files.

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
    """Vectors already projected on their principal components, cached because training reads them at each step."""


class ContentTower(nn.Module):
    """Gated fusion of modality vectors into one item vector. A missing modality is masked.

    Each modality is reduced to its principal components, projected, weighted by a learned gate (a softmax over the
    modalities present) and refined by one residual layer.
    """

    def __init__(self, config: RankerConfig) -> None:
        super().__init__()
        hidden = config.tower_hidden
        self.names = tuple(config.modality_dims)
        self.sizes = dict(config.modality_dims)
        self.modality_dropout = config.modality_dropout
        self.input_dropout = nn.Dropout(config.input_dropout)
        widths = {name: min(config.reduced, dims) for name, dims in self.sizes.items()}
        self.reductions = nn.ModuleDict({name: _Reduction(dims, widths[name]) for name, dims in self.sizes.items()})
        self.projections = nn.ModuleDict({name: nn.Linear(size, hidden) for name, size in widths.items()})
        self.gates = nn.ModuleDict({name: nn.Linear(size, 1) for name, size in widths.items()})
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
        visible = self._drop_modalities(present) if self.training else present
        names = self._choose_names(present) if self.training else self.names
        gates = torch.stack([self._gate(name, reduced, visible) for name in names], dim=1)  # (N, M)
        weights = torch.nan_to_num(torch.softmax(gates, dim=1))  # an item with nothing at all gets zeros
        projected = torch.stack(
            [self.projections[name](self.input_dropout(reduced[name])) for name in names], dim=1
        )  # (N, M, H)
        hidden = (weights[:, :, None] * projected).sum(dim=1)
        hidden = hidden + self.refine(hidden)
        return functional.normalize(self.out(self.norm(hidden)), dim=-1)

    def reduce(self, vectors: Mapping[str, Tensor]) -> Reduced:
        """(N, dims of each modality) -> (N, R) of each."""
        return Reduced({name: self.reductions[name](vectors[name]) for name in self.names})

    @torch.no_grad()
    def fit(self, vectors: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> None:
        """Fits the principal components of each modality on the items that have it (at least two)."""
        for name in self.names:
            rows = vectors[name][present[name]]
            if len(rows) > 1:
                self.reductions[name].fit(rows)  # type: ignore[operator]

    @torch.no_grad()
    def zero_gates(self, names: Iterable[str]) -> None:
        """Starts untrained modalities near zero weight, so that fine-tuning does not disturb the trained ones."""
        for name in names:
            for parameter in [*self.projections[name].parameters(), *self.gates[name].parameters()]:
                parameter.zero_()
            self.gates[name].get_parameter("bias").fill_(ZERO_GATE)

    def _choose_names(self, present: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Modalities that some item of the batch has; all of them where none has any."""
        return tuple(name for name in self.names if bool(present[name].any())) or self.names

    def _gate(self, name: str, reduced: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        gate = self.gates[name](reduced[name]).squeeze(-1)
        masked: Tensor = gate.masked_fill(~present[name], float("-inf"))
        return masked

    def _drop_modalities(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality dropout: hides modalities at random, never the last one of an item."""
        count = sum(mask.long() for mask in present.values())
        visible: dict[str, Tensor] = {}
        for name, mask in present.items():
            drop = (torch.rand(mask.shape, device=mask.device) < self.modality_dropout) & (count > 1) & mask
            visible[name] = mask & ~drop
            count = count - drop.long()
        return visible


class _Reduction(nn.Module):
    """A PCA projection, fitted once and then fixed: fewer weights to overfit, and a smaller product."""

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
        """(n, dims) rows; components are scaled so that the mean square of a projected value is one."""
        center = rows.mean(dim=0)
        _, _, directions = torch.linalg.svd((rows - center).double(), full_matrices=False)
        kept = min(self.basis.shape[1], len(directions))
        basis = torch.zeros_like(self.basis)
        basis[:, :kept] = directions[:kept].T.to(basis.dtype)
        spread = ((rows - center) @ basis).square().mean().sqrt().clamp(min=1e-6)
        self.center.copy_(center)
        self.basis.copy_(basis / spread)
