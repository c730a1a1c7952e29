"""Train the lexical choice model: which word stands in this slot, given its neighbours?

The loss of a slot is the cross entropy over the word and a draw of its substitutes, plus the cross entropy over
a draw of the whole vocabulary, with the normaliser held near one, so that a score is close to log P(word | context).
Some rows are read with a share of their words replaced by substitutes, the targets staying as written: the
neighbours of a swapped word are often swapped too. No spinner is involved, only the candidate lists.

Workers share the parameters and update them without locks (Hogwild, Niu et al. 2011): one thread each, so that
neither waits for the other. Training stops after a given time, whatever the machine.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import Tensor, nn

from detector.lexicon import BOUNDARY, FIRST_WORD


@dataclass(frozen=True)
class Shape:
    """Sizes of the network: neighbours up to `near` are read whole, up to `reach` by their first dimensions."""

    width: int = 128
    near: int = 3
    reach: int = 7
    far_width: int = 48
    hidden: int = 320


@dataclass(frozen=True)
class Schedule:
    """seconds of training; rows of length tokens per step, of which `slots` are trained on, against `candidates`
    of each word's own list and `sampled` words for all; the share of rows read with substitutes in them."""

    seconds: float
    workers: int = 2
    rows: int = 36
    length: int = 200
    slots: int = 2048
    candidates: int = 16
    sampled: int = 600
    table_rate: float = 0.08
    rate: float = 1.2e-3
    corrupted_rows: float = 0.4
    candidate_weight: float = 1.0
    vocabulary_weight: float = 0.5
    normalisation: float = 0.02


class ChoiceNet(nn.Module):
    """Neighbours' vectors -> context vector (slots, width)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.offsets = [o for o in range(-shape.reach, shape.reach + 1) if o]
        near = sum(abs(o) <= shape.near for o in self.offsets)
        fan_in = near * shape.width + (len(self.offsets) - near) * shape.far_width + shape.width
        self.first = nn.Linear(fan_in, shape.hidden)
        self.second = nn.Linear(shape.hidden, shape.hidden)
        self.last = nn.Linear(shape.hidden, shape.width)

    def forward(self, ids: Tensor, vectors: Tensor, counted: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """ids (batch, length) as read; vectors (batch * length + 1, width), the last one BOUNDARY's;
        counted (batch, length): which tokens make the paragraph's topic; the slots at (rows, columns)."""
        shape = self.shape
        batch, length = ids.shape
        segment = (ids == BOUNDARY).cumsum(1)
        here = segment[rows, columns]
        flat = rows * length + columns
        outside = batch * length
        pieces = []
        for offset in self.offsets:
            column = columns + offset
            at = column.clamp(0, length - 1)
            inside = (column == at) & (segment[rows, at] == here)
            source = vectors if abs(offset) <= shape.near else vectors[:, : shape.far_width]
            pieces.append(source[torch.where(inside, rows * length + at, outside)])
        cells = torch.arange(batch)[:, None] * (int(segment.max()) + 1) + segment
        size = int(cells.max()) + 1
        weight = counted.float()
        total = vectors.new_zeros(size, shape.width).index_add(0, cells.flatten(), vectors[:-1] * weight.reshape(-1, 1))
        count = vectors.new_zeros(size).index_add(0, cells.flatten(), weight.flatten())
        mine, own = cells[rows, columns], weight[rows, columns]
        pieces.append((total[mine] - vectors[flat] * own[:, None]) / (count[mine] - own + 1.0)[:, None])
        with torch.autocast("cpu", torch.bfloat16):  # the products are most of the work, and four times faster so
            h = F.relu(self.first(torch.cat(pieces, 1)))
            h = h + F.relu(self.second(h))
            out: Tensor = self.last(h)
        return out.float()


@dataclass
class Tables:
    """The large parameters, trained by row-wise Adagrad; shared between workers. (words, width), (words,)"""

    embed: Tensor
    out: Tensor
    bias: Tensor
    embed_sum: Tensor
    out_sum: Tensor
    bias_sum: Tensor

    @classmethod
    def start(cls, vectors: npt.NDArray[np.float32], log_share: Tensor, width: int) -> Tables:
        words = len(vectors)
        embed = torch.randn(words, width) * 0.2
        known = torch.from_numpy(vectors[:, :width])
        embed[:, : known.shape[1]] = torch.where(
            known.abs().sum(1, keepdim=True) > 0, known, embed[:, : known.shape[1]]
        )
        out = torch.randn(words, width) * 0.02
        return cls(
            embed,
            out,
            log_share.clone(),
            torch.full((words,), 1e-2),
            torch.full((words,), 1e-2),
            torch.full((words,), 1e-2),
        )

    @classmethod
    def read(cls, file: Path) -> Tables:
        """The tables that `export` wrote, with their sums, to be trained on."""
        with np.load(file) as arrays:
            return cls(*(torch.from_numpy(arrays[field.name]) for field in fields(cls)))

    def share(self) -> None:
        for tensor in vars(self).values():
            tensor.share_memory_()


def adagrad(table: Tensor, sums: Tensor, index: Tensor, gradient: Tensor, rate: float) -> None:
    """One step for the rows named in index; gradients of a row that is named twice are added."""
    unique, inverse = torch.unique(index, return_inverse=True)
    total = gradient.new_zeros(len(unique), *gradient.shape[1:]).index_add_(0, inverse, gradient)
    squares = total.pow(2).mean(1) if total.dim() > 1 else total.pow(2)
    sums[unique] += squares
    scale = rate / sums[unique].sqrt()
    table[unique] -= total * (scale[:, None] if total.dim() > 1 else scale)


class Rows:
    """Random rows of the token stream and the slots in them."""

    def __init__(self, stream: npt.NDArray[np.int32], candidates: Tensor, keep: Tensor, schedule: Schedule) -> None:
        self.stream, self.candidates, self.keep, self.schedule = stream, candidates, keep, schedule
        self.content = candidates[:, 0] > 0
        self.many = (candidates > 0).sum(1)

    def draw(self, corrupted: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """ids as read (rows, length), ids as written, and the slots' rows and columns."""
        s = self.schedule
        starts = torch.randint(0, len(self.stream) - s.length, (s.rows,)).tolist()
        written = torch.from_numpy(np.stack([self.stream[i : i + s.length] for i in starts])).long()
        share = torch.exp(torch.empty(s.rows, 1).uniform_(math.log(0.03), math.log(0.5)))
        share = torch.where(torch.rand(s.rows, 1) < corrupted, share, 0.0)
        swap = (torch.rand(written.shape) < share) & self.content[written]
        # Squared, so that likelier substitutes are drawn more often.
        pick = (torch.rand(written.shape) ** 2 * self.many[written]).long()
        read = torch.where(swap, self.candidates[written, pick].long(), written)
        rows, columns = (torch.rand(written.shape) < self.keep[written]).nonzero(as_tuple=True)
        chosen = torch.randperm(len(rows))[: s.slots]
        return read, written, rows[chosen], columns[chosen]


def _step(net: ChoiceNet, tables: Tables, batch: Rows, noise: Tensor, log_noise: Tensor, rate: float) -> float:
    s = batch.schedule
    read, written, rows, columns = batch.draw(s.corrupted_rows)
    used = torch.cat([read.flatten(), torch.tensor([BOUNDARY])])
    vectors = tables.embed[used].requires_grad_()
    context = net(read, vectors, batch.content[read], rows, columns)
    target = written[rows, columns]
    slots = len(target)
    drawn = (torch.rand(slots, s.candidates) * batch.many[target][:, None]).long()
    listed = torch.cat([target[:, None], batch.candidates[target[:, None], drawn].long()], 1)
    sample = noise[torch.randint(0, len(noise), (s.sampled,))]
    unique, inverse = torch.unique(torch.cat([listed.flatten(), sample]), return_inverse=True)
    out = tables.out[unique].requires_grad_()
    bias = tables.bias[unique].requires_grad_()
    local = inverse[: listed.numel()].view(listed.shape)
    own_list = torch.bmm(out[local], context[:, :, None]).squeeze(2) + bias[local]
    others = inverse[listed.numel() :]
    with torch.autocast("cpu", torch.bfloat16):
        rest = context @ out[others].T
    rest = rest.float() + bias[others] - log_noise[sample] - math.log(s.sampled)
    rest = rest.masked_fill(sample[None, :] == target[:, None], -1e4)
    total = torch.logaddexp(torch.logsumexp(rest, 1), own_list[:, 0])
    loss = s.candidate_weight * F.cross_entropy(own_list, torch.zeros_like(target))
    loss = loss + s.vocabulary_weight * ((total - own_list[:, 0]).mean() + s.normalisation * total.pow(2).mean())
    loss.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        scale = slots  # table gradients as if the loss were summed: a row is named by few of the slots
        assert vectors.grad is not None
        assert out.grad is not None
        assert bias.grad is not None
        adagrad(tables.embed, tables.embed_sum, used, vectors.grad * scale, rate)
        tables.out_sum[unique] += (out.grad * scale).pow(2).mean(1)
        tables.out[unique] -= rate * out.grad * scale / tables.out_sum[unique].sqrt()[:, None]
        tables.bias_sum[unique] += (bias.grad * scale).pow(2)
        tables.bias[unique] -= 0.3 * rate * bias.grad * scale / tables.bias_sum[unique].sqrt()
    return loss.item()


def _worker(
    number: int, net: ChoiceNet, tables: Tables, stream_file: str, held_file: str, candidates: Tensor, share: Tensor,
    schedule: Schedule, out: str, began: float, steps: Tensor, start: Path | None,
) -> None:  # fmt: skip
    torch.set_num_threads(1)
    torch.manual_seed(number)
    content = candidates[:, 0] > 0
    keep = torch.sqrt(3e-4 / share.clamp(min=1e-9)).clamp(max=1.0) * content
    batch = Rows(np.load(stream_file, mmap_mode="r"), candidates, keep, schedule)
    checks = Rows(np.load(held_file, mmap_mode="r"), candidates, content.float(), schedule)
    powered = share[FIRST_WORD:].pow(0.75)
    powered = torch.cat([torch.zeros(FIRST_WORD), powered / powered.sum()])
    noise = torch.multinomial(powered, 4_000_000, replacement=True)
    log_noise = torch.log(powered.clamp(min=1e-12))
    optimiser = torch.optim.Adam(net.parameters(), lr=schedule.rate, betas=(0.9, 0.99))
    step, saved, loss = 0, time.time(), 0.0
    while (spent := (time.time() - began) / schedule.seconds) < 1.0:
        ramp = min(1.0, spent / 0.02 + 0.05, 1.05 * (1 - spent) ** 0.7 + 0.01)
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate * ramp
        optimiser.zero_grad(set_to_none=True)
        loss += 0.01 * (_step(net, tables, batch, noise, log_noise, schedule.table_rate * ramp) - loss)
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        step += 1
        steps[number] = step
        if number == 0 and time.time() - saved > 120:
            saved = time.time()
            figures = check(net, tables, checks, 6)
            print(f"{spent:.2f} step {step} loss {loss:.3f} {figures}", flush=True)
            export(net, tables, figures, schedule, int(steps.sum()), Path(out), start)
    print(f"worker {number}: {step} steps of {schedule.slots} slots", flush=True)


def train(
    stream_file: Path, held_file: Path, candidates: npt.NDArray[np.int32], counts: npt.NDArray[np.int64],
    vectors: npt.NDArray[np.float32], shape: Shape, schedule: Schedule, out: Path, start: Path | None = None,
) -> dict[str, float]:  # fmt: skip
    """Fit and write a network. Files of int32 ids (tokens,); candidates int32 (words, 40), 0 = none;
    counts (words,); vectors (words, any) to start from, zero rows where none is known; start: a folder that an
    earlier call wrote, to go on from instead."""
    torch.manual_seed(0)
    share = torch.from_numpy(counts.astype(np.float32) / counts.sum())
    net = ChoiceNet(shape)
    net.share_memory()
    if start is None:
        tables = Tables.start(vectors, torch.log(share.clamp(min=1e-8)), shape.width)
    else:
        tables = Tables.read(start / "choice.npz")
        with np.load(start / "choice.npz") as arrays:
            net.load_state_dict({name: torch.from_numpy(arrays[name]) for name in net.state_dict()})
    tables.share()
    listed = torch.from_numpy(candidates)
    steps = torch.zeros(schedule.workers, dtype=torch.int64).share_memory_()  # type: ignore[no-untyped-call]
    arguments = (
        net,
        tables,
        str(stream_file),
        str(held_file),
        listed,
        share,
        schedule,
        str(out),
        time.time(),
        steps,
        start,
    )
    mp.spawn(_worker, arguments, nprocs=schedule.workers)  # type: ignore[attr-defined,no-untyped-call]
    checks = Rows(np.load(held_file), listed, (listed[:, 0] > 0).float(), schedule)
    figures = check(net, tables, checks, 40)
    export(net, tables, figures, schedule, int(steps.sum()), out, start)
    return figures


@torch.no_grad()
def check(net: ChoiceNet, tables: Tables, rows_of: Rows, draws: int) -> dict[str, float]:
    """Held-out slots: nats and accuracy among a word and all its candidates; AUC of that score on swapped slots."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    net.eval()
    nats, right, gaps, swapped, normaliser = [], [], [], [], []
    for draw in range(draws):
        read, written, rows, columns = rows_of.draw(float(draw % 2))
        vectors = tables.embed[torch.cat([read.flatten(), torch.tensor([BOUNDARY])])]
        context = net(read, vectors, rows_of.content[read], rows, columns)
        observed = read[rows, columns]
        listed = torch.cat([observed[:, None], rows_of.candidates[observed].long()], 1)
        logits = torch.bmm(tables.out[listed], context[:, :, None]).squeeze(2) + tables.bias[listed]
        logits = logits.masked_fill(listed == 0, -1e4)
        gap = torch.logsumexp(logits, 1) - logits[:, 0]
        if draw % 2:
            gaps.append(gap)
            swapped.append(observed != written[rows, columns])
        else:
            nats.append(gap.mean())
            right.append((logits.argmax(1) == 0).float().mean())
            every = context[:200] @ tables.out[FIRST_WORD:].T + tables.bias[FIRST_WORD:]
            normaliser.append(torch.logsumexp(every, 1).mean())
    gap, swap = torch.cat(gaps), torch.cat(swapped)
    rank = gap.argsort().argsort().double() + 1
    positive, negative = swap.sum().double(), (~swap).sum().double()
    auc = (rank[swap].sum() - positive * (positive + 1) / 2) / (positive * negative)
    net.train()
    torch.set_rng_state(state)
    figures = {"nats": torch.stack(nats).mean(), "right": torch.stack(right).mean(), "swap_auc": auc}
    figures["log_normaliser"] = torch.stack(normaliser).mean()
    return {name: round(value.item(), 4) for name, value in figures.items()}


def export(
    net: ChoiceNet, tables: Tables, figures: dict[str, float], schedule: Schedule, steps: int, out: Path,
    start: Path | None,
) -> None:  # fmt: skip
    """Write choice.npz (float32, as trained, with Adagrad's sums) and choice.json into `out`. steps: of all workers together."""
    out.mkdir(parents=True, exist_ok=True)
    arrays = {name: parameter.detach().numpy() for name, parameter in net.named_parameters()}
    arrays |= {name: tensor.numpy() for name, tensor in vars(tables).items()}
    np.savez(out / "choice.tmp.npz", **arrays)  # type: ignore[arg-type]
    (out / "choice.tmp.npz").replace(out / "choice.npz")
    about: dict[str, Any] = {"shape": asdict(net.shape), "schedule": asdict(schedule), "steps": steps}
    about["held_out"] = figures
    if start is not None:
        about["started_from"] = json.loads((start / "choice.json").read_text(encoding="utf-8"))
    (out / "choice.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
