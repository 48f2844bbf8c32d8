"""The loop that trains a model over batches: resumable, seeded by its caller, its rate rising, level, falling."""

import ctypes
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from training.draw import Schedule

CHECKPOINT = "checkpoint.pt"
LEVEL = "level.pt"
EVERY_SECONDS = 300
SHOWN_EVERY = 50
TYPICAL_TOKENS = 128
"""Of an example: batches hold as many tokens, not as many examples, and the summed loss of one is divided by as many
of these as it holds."""

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
"""Parameters of glibc's mallopt."""

INPUTS = ("input_ids", "attention_mask", "token_type_ids")

Batch = dict[str, Tensor]
Loss = Callable[[tuple[Tensor, ...], Batch], Tensor]
"""A model's outputs and the batch to the sum of the losses of its examples."""


def device_and_type() -> tuple[torch.device, torch.dtype]:
    """A GPU with bf16, else the processor, with bf16 where it multiplies such natively."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.device("cpu"), torch.bfloat16 if native else torch.float32


def keep_memory() -> None:
    """Have glibc keep what is freed: a step's large tensors are else given back to the system and zeroed anew.

    That took nearly half of a step on two cores. Elsewhere than on glibc nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for parameter, value in ((_TRIM_THRESHOLD, 2**31 - 1), (_TOP_PAD, 2**28), (_MMAP_MAX, 0)):
        mallopt(parameter, value)


def autocast() -> torch.autocast:
    """What computes in bf16 what that suffices for, where device_and_type says so."""
    device, dtype = device_and_type()
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def optimizer_for(model: nn.Module, recipe: Schedule) -> torch.optim.Optimizer:
    """AdamW, without decay of biases and norms; each group has the `share` of the rate that its layer learns at."""
    layers = len(model.encoder.encoder.layer)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            share = recipe.layer_rates ** (layers - _depth(name, layers))
            groups.setdefault((share, recipe.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    settings = [{"params": kept, "share": share, "weight_decay": decay} for (share, decay), kept in groups.items()]
    return torch.optim.AdamW(settings, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True)


def _depth(name: str, layers: int) -> int:
    """0 for the embeddings, 1 for the lowest layer of the encoder, `layers` for the highest and for what reads it."""
    if name.startswith("encoder.embeddings."):
        return 0
    within = name.partition("encoder.encoder.layer.")[2]
    return int(within.partition(".")[0]) + 1 if within else layers


def run(
    model: nn.Module, batches: Iterable[Batch], total: int, loss_of: Loss, recipe: Schedule, out: Path, weights: str
) -> None:
    """Train on `total` examples and write OUT/`weights`.

    The state is kept in OUT/checkpoint.pt, from which it goes on, and the one before the decay in OUT/level.pt.
    `batches` must be the same in each run.
    """
    keep_memory()
    device, _ = device_and_type()
    model.to(device)
    optimizer = optimizer_for(model, recipe)
    average = AveragedModel(model)
    typical = recipe.batch_tokens / TYPICAL_TOKENS
    done_steps = done = 0
    if (out / CHECKPOINT).exists():
        state = torch.load(out / CHECKPOINT, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        done_steps, done = state["steps"], state["examples"]
        print(f"going on at step {done_steps:,}", flush=True)
    model.train()
    started = saved = time.monotonic()
    began_at, losses = done, []
    for step, batch in enumerate(batches):
        if step < done_steps:
            continue
        progress = done / total
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(done, total) * group["share"]
        on_device = {name: tensor.to(device) for name, tensor in batch.items()}
        with autocast():
            outputs = model(*(on_device[name] for name in INPUTS))
        loss = loss_of(outputs, on_device) / typical
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        size = len(batch[INPUTS[0]])
        done += size
        if done > total * (1 - recipe.averaged):
            average.update_parameters(model)
        losses.append(loss.item() * typical / size)
        if step % SHOWN_EVERY == SHOWN_EVERY - 1:
            pace = (done - began_at) / (time.monotonic() - started)
            left = (total - done) / pace / 60
            mean = sum(losses[-SHOWN_EVERY:]) / len(losses[-SHOWN_EVERY:])
            print(
                f"step {step + 1:,}: {done:,} of {total:,} examples, loss {mean:.3f}, {pace:.1f} examples/s,"
                f" {left:.0f} min left",
                flush=True,
            )
        decays = progress < 1 - recipe.decay_share <= done / total
        if decays or time.monotonic() - saved > EVERY_SECONDS:
            state = {"model": model.state_dict(), "average": average.state_dict(), "steps": step + 1,
                     "optimizer": optimizer.state_dict(), "examples": done}  # fmt: skip
            _save(state, out / CHECKPOINT)
            if decays:
                _save(state, out / LEVEL)
            saved = time.monotonic()
    _save((average.module if recipe.averaged else model).state_dict(), out / weights)


def _save(state: dict, file: Path) -> None:
    partial = file.with_suffix(".partial")
    torch.save(state, partial)
    partial.rename(file)


def load_state(file: Path) -> dict[str, Any]:
    """The weights of a finished run or of a checkpoint, by name."""
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    found: dict[str, Any] = state.get("model", state)
    return found
