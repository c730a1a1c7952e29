"""Stock phrases: wordings of several words that rewriting tools write and people hardly do.

*on the grounds that* for *because*, *exercise center* for *gym*, *backing vector machine* for *support vector machine*.
Each phrase of `phrases.json` has a weight: the logarithm of how much likelier it is in a rewritten text than in an honest
one. `python -m detector.training.phrases` makes that file. Phrases are matched as token ids, all of a batch at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.lexicon import F32, FIRST_WORD, I32, SYMBOL, Lexicon
from detector.ngrams import U64, bigram_keys
from detector.rules.rule import Rule
from detector.rules.tokens import TokenHit
from detector.text import tokenize

STOCK_PHRASE: Final = "stock-phrase"
#: Phrases of this weight or more are underlined anywhere, lighter ones are evidence ...
UNDERLINED: Final = 3.0
#: ... and underlined from this weight on in a paragraph that is suspect for other reasons.
IN_SUSPECT: Final = 2.0
MOST_SUGGESTIONS: Final = 3

RULES: Final = (
    Rule(
        STOCK_PHRASE,
        "wording",
        "Stock phrase of a rewriting tool",
        "A wording of several words that rewriting tools put in place of a plain one and that people hardly ever write.",
        (
            "Call the office on the off chance that you need help.",
            "The exercise center opens at six.",
        ),
    ),
)
_MESSAGE: Final = "“{found}” is what rewriting tools write for “{best}”."


class Phrase(NamedTuple):
    """text: in lower case. originals: what it stands for, best first. weight: log ratio."""

    text: str
    originals: tuple[str, ...]
    weight: float


class Matches(NamedTuple):
    """first: token position of each match, ascending; phrase: its number in the table; weight; all (matches,). No two
    overlap."""

    first: I32
    phrase: I32
    weight: F32


@dataclass(frozen=True)
class Trie:
    """Sequences of token ids as a tree in flat arrays. Node 0 is the root.

    starts: int32 (ids,), the node that an id leads to from the root, 0 for none. follows: bool (ids,), whether the id is
    second anywhere. keys: uint64 (edges,), ascending, node and id; targets: int32 (edges,), the nodes they lead to.
    ends: int32 (nodes,), number of the sequence that ends in the node, -1 for none.
    """

    starts: I32
    follows: npt.NDArray[np.bool_]
    keys: U64
    targets: I32
    ends: I32

    def find(self, ids: I32) -> tuple[I32, I32]:
        """First positions and numbers (n,) of all the sequences in ids (tokens,), overlapping ones too."""
        nodes = self.starts[ids[:-1]]
        at = np.flatnonzero((nodes > 0) & self.follows[ids[1:]])
        nodes, depth = nodes[at], 1
        firsts, numbers = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
        while len(at):
            inside = at + depth < len(ids)
            at, nodes = at[inside], nodes[inside]
            keys = bigram_keys(nodes, ids[at + depth])
            edge = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            known = self.keys[edge] == keys
            at, nodes, depth = at[known], self.targets[edge[known]], depth + 1
            ended = self.ends[nodes] >= 0
            firsts.append(at[ended].astype(np.int32))
            numbers.append(self.ends[nodes[ended]])
        return np.concatenate(firsts), np.concatenate(numbers)


def trie(sequences: Sequence[Sequence[int]], ids: int) -> Trie:
    """Trie of distinct sequences of at least two ids below `ids`; an empty one is left out, its number stays free."""
    children: dict[tuple[int, int], int] = {}
    ends = [-1]
    for number, sequence in enumerate(sequences):
        node = 0
        for id_ in sequence:
            node = children.setdefault((node, id_), len(ends))
            if node == len(ends):
                ends.append(-1)
        if node:
            ends[node] = number
    starts, follows = np.zeros(ids, np.int32), np.zeros(ids, np.bool_)
    for (node, id_), target in children.items():
        if node == 0:
            starts[id_] = target
    follows[[sequence[1] for sequence in sequences if sequence]] = True
    pairs = np.array(list(children), np.int32).reshape(-1, 2)
    keys = bigram_keys(pairs[:, 0], pairs[:, 1])
    order = np.argsort(keys)
    return Trie(starts, follows, keys[order], np.fromiter(children.values(), np.int32)[order], np.array(ends, np.int32))


@dataclass(frozen=True)
class PhraseTable:
    """phrases: as in phrases.json. lengths: int32, tokens of each; weights: float32; trie: of their ids."""

    phrases: tuple[Phrase, ...]
    lengths: I32
    weights: F32
    trie: Trie


_TABLES: Final[WeakKeyDictionary[Lexicon, PhraseTable]] = WeakKeyDictionary()


def load(lexicon: Lexicon) -> PhraseTable:
    """The phrases that came with the package, as this lexicon spells them: read once for a lexicon, in some 0.1 s."""
    found = _TABLES.get(lexicon)
    if found is None:
        rows = json.loads(files("detector.rules").joinpath("phrases.json").read_text(encoding="utf-8"))["phrases"]
        found = _TABLES[lexicon] = table(
            [Phrase(text, tuple(originals), weight) for text, originals, weight in rows], lexicon
        )
    return found


def table(phrases: Sequence[Phrase], lexicon: Lexicon) -> PhraseTable:
    """The table of some phrases. One with a word outside the vocabulary is never found."""
    sequences = token_ids([phrase.text for phrase in phrases], lexicon)
    lengths = np.array([len(sequence) for sequence in sequences], np.int32)
    weights = np.array([phrase.weight for phrase in phrases], np.float32)
    return PhraseTable(tuple(phrases), lengths, weights, trie(sequences, FIRST_WORD + len(lexicon.words)))


def token_ids(texts: Sequence[str], lexicon: Lexicon) -> list[list[int]]:
    """The ids of each text; none for one with a word outside the vocabulary, or of a single token."""
    # One text, in which a line feed keeps the phrases apart.
    tokens = tokenize("\n".join(texts))
    ids = np.array(lexicon.ids(tokens.surfaces), np.int32)
    ends = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
    cuts = np.searchsorted(tokens.starts, ends[:-1])
    return [own.tolist() if len(own) > 1 and (own > SYMBOL).all() else [] for own in np.split(ids, cuts)[: len(texts)]]


def matches(batch: Batch, table: PhraseTable) -> Matches:
    """All phrases of a batch, light and heavy ones; where some overlap, the longest."""
    first, phrase = table.trie.find(batch.ids)
    length = table.lengths[phrase]
    taken = np.zeros(len(batch.ids), np.bool_)
    kept = []
    for i in np.lexsort((first, -length)).tolist():
        place = slice(first[i], first[i] + length[i])
        if not taken[place].any():
            taken[place] = True
            kept.append(i)
    kept.sort(key=first.__getitem__)
    return Matches(first[kept], phrase[kept], table.weights[phrase[kept]])


def weights(batch: Batch, lexicon: Lexicon) -> Matches:
    """All phrases of a batch: evidence for or against its paragraphs."""
    return matches(batch, load(lexicon))


def find(batch: Batch, lexicon: Lexicon) -> list[TokenHit]:
    """The phrases to be underlined, in order; those that are not heavy enough to be told of anywhere are not sure."""
    table = load(lexicon)
    found = matches(batch, table)
    out = []
    for i in np.flatnonzero(found.weight >= IN_SUSPECT).tolist():
        first, phrase = int(found.first[i]), int(found.phrase[i])
        last = first + int(table.lengths[phrase]) - 1
        sure = bool(found.weight[i] >= UNDERLINED)
        best = table.phrases[phrase].originals[:MOST_SUGGESTIONS]
        out.append(TokenHit(first, last, STOCK_PHRASE, best, _MESSAGE, sure))
    return out
