"""`python -m training.reader.train PREPARED OUT`: the reader's weights, from the last checkpoint if there is one.

Seeded; on a GPU where there is one, else on the processor. Nothing else should use the cores meanwhile.
"""

import argparse
import time
from pathlib import Path

import torch
from transformers.utils import logging

from rag.embed import load_tokenizer, packaged_model
from training.reader.batches import batches, tokenizer_for
from training.reader.examples import load
from training.reader.model import Reader, loss_of
from training.reader.recipe import Recipe

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "reader.pt"
EVERY_SECONDS = 600
SHOWN_EVERY = 50
TYPICAL_BATCH = 16
"""What the summed loss of a batch is divided by: batches hold as many tokens, not as many examples."""


def device_and_type() -> tuple[torch.device, torch.dtype]:
    """A GPU with bf16, else the processor, with bf16 where it multiplies such natively."""
    if torch.cuda.is_available():
        return torch.device("cuda"), torch.bfloat16
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return torch.device("cpu"), torch.bfloat16 if native else torch.float32


def optimizer_for(model: Reader, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW, without decay of biases and norms."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, betas=(0.9, 0.98), fused=True)


def train(prepared: Path, out: Path, recipe: Recipe) -> None:
    """Write OUT/reader.pt; the state is kept in OUT/checkpoint.pt, and the one before the decay in OUT/level.pt."""
    out.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    torch.manual_seed(recipe.seed)
    device, dtype = device_and_type()
    names = sorted({name for phase in recipe.phases for name in phase})
    order = recipe.order({name: load(prepared / f"train-{name}.jsonl.gz") for name in names})
    model = Reader(packaged_model(), recipe.dropout).to(device)
    optimizer = optimizer_for(model, recipe)
    done_steps = done = 0
    if (out / CHECKPOINT).exists():
        state = torch.load(out / CHECKPOINT, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        done_steps, done = state["steps"], state["examples"]
        print(f"going on at step {done_steps:,}", flush=True)
    model.train()
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    steps = batches(order, tokenizer, recipe.batch_tokens, recipe.seed, recipe.long_from)
    started = saved = time.monotonic()
    began_at, losses = done, []
    for step, batch in enumerate(steps):
        if step < done_steps:
            continue
        progress = done / len(order)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(done, len(order))
        on_device = {name: tensor.to(device) for name, tensor in batch.items()}
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            outputs = model(*(on_device[name] for name in ("input_ids", "attention_mask", "token_type_ids")))
        loss = loss_of(outputs, on_device) / TYPICAL_BATCH
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        size = len(batch["starts"])
        done += size
        losses.append(loss.item() * TYPICAL_BATCH / size)
        if step % SHOWN_EVERY == SHOWN_EVERY - 1:
            rate = (done - began_at) / (time.monotonic() - started)
            left = (len(order) - done) / rate / 60
            mean = sum(losses[-SHOWN_EVERY:]) / len(losses[-SHOWN_EVERY:])
            print(
                f"step {step + 1:,}: {done:,} of {len(order):,} examples, loss {mean:.3f}, {rate:.1f} examples/s,"
                f" {left:.0f} min left",
                flush=True,
            )
        decays = progress < 1 - recipe.decay_share <= done / len(order)
        if decays or time.monotonic() - saved > EVERY_SECONDS:
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "steps": step + 1,
                     "examples": done}  # fmt: skip
            _save(state, out / CHECKPOINT)
            if decays:
                _save(state, out / "level.pt")
            saved = time.monotonic()
    _save(model.state_dict(), out / WEIGHTS)


def _save(state: dict, file: Path) -> None:
    partial = file.with_suffix(".partial")
    torch.save(state, partial)
    partial.rename(file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    train(arguments.prepared, arguments.out, Recipe())
