"""Fitted classifiers at work on features that are there already: for folds and ablations, which refit many times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.classifier import F64, Evidence, ParagraphModel, Trees, evidence, paragraph_features
from detector.features import NAMES
from detector.lexicon import F32
from detector.training.fit import Examples

#: Slots whose features are copied at a time.
CHUNK = 200_000


@dataclass(frozen=True)
class Judge:
    """Trees, the prior of each word (ids,) and the paragraph model; blind: columns of the slots that it must not see
    (traces that a fit was blind to have no weight)."""

    trees: Trees
    prior: F32
    paragraph: ParagraphModel
    prior_logit: float
    blind: Sequence[int]

    @classmethod
    def of(cls, arrays: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any], blind: Sequence[str] = ()) -> Judge:
        """What `fit` returned, or a model file holds."""
        weights = arrays["paragraph"].astype(np.float32)
        paragraph = ParagraphModel(weights[0], weights[1], weights[2:], np.array(about["paragraph_intercepts"], float))
        columns = [NAMES.index(name) for name in blind]
        prior = arrays["prior"].astype(np.float32)
        return cls(Trees.from_arrays(arrays), prior, paragraph, float(about["prior_logit"]), columns)

    def logits(self, examples: Examples) -> F64:
        """Logit (texts,) of each text, as a document of one paragraph."""
        own, kept = [], []
        for at in range(0, len(examples.word), CHUNK):
            features = examples.features[at : at + CHUNK].copy()
            features[:, NAMES.index("prior")] = self.prior[examples.word[at : at + CHUNK]]
            features[:, self.blind] = 0
            seen = evidence(features, self.trees)
            own.append(seen.logits)
            kept.append(seen.kept)
        found = Evidence(np.concatenate(own), np.concatenate(kept))
        rows = paragraph_features(found, examples.text_of, examples.traces, self.prior_logit)
        return self.paragraph.logits(rows)
