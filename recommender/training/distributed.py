"""Data-parallel training under torchrun: one process per device. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mediarec import env


def join() -> torch.device:
    """Joins the process group if torchrun started several processes; returns this process's device."""
    local_rank = env.read_int("LOCAL_RANK", 0)
    has_gpu = torch.cuda.is_available()
    if env.read_int("WORLD_SIZE", 1) > 1 and not dist.is_initialized():
        dist.init_process_group("nccl" if has_gpu else "gloo")
    return torch.device("cuda", local_rank) if has_gpu else torch.device("cpu")


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """All-reduces the gradients, so that every process takes the same step. One message for all: most are small."""
    if world_size() == 1:
        return
    parameters = list(parameters)
    gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in parameters]
    joined = torch.cat([grad.reshape(-1) for grad in gradients])
    dist.all_reduce(joined)
    joined /= world_size()
    start = 0
    for parameter, grad in zip(parameters, gradients, strict=True):
        parameter.grad = joined[start : start + grad.numel()].view_as(grad)
        start += grad.numel()


def share_from_first(values: Tensor) -> Tensor:
    """Broadcasts the first process's values: only one process evaluates, and all must stop at the same time."""
    if world_size() > 1:
        dist.broadcast(values, src=0)
    return values
