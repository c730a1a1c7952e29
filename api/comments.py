"""What a Perspective client may send: the messages of Google's Comment Analyzer v1alpha1, field by field.

As in protobuf's JSON, a field may be called by its camelCase or its snake_case name, and null is the same as absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from api.closed import Closed

#: The longest comment, in bytes of UTF-8, as it was at Google.
MAX_COMMENT_BYTES: Final = 20_480
#: Most elements of a list, and most attributes.
MAX_ELEMENTS: Final = 1_000
MAX_ATTRIBUTES: Final = 100

T = TypeVar("T")
# Of a list only the first wrong element is told: a body full of them must not cost more than its parsing.
Elements = Annotated[list[T], Field(max_length=MAX_ELEMENTS, fail_fast=True)]
ByAttribute = Annotated[dict[str, T | None], Field(max_length=MAX_ATTRIBUTES)]

ScoreType = Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]
TextType = Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$", max_length=35)]
Probability = Annotated[float, Field(ge=0, le=1)]
Offset = Annotated[int, Field(ge=0, lt=2**31)]


class Message(Closed):
    """One protobuf message as JSON."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)


class TextEntry(Message):
    """A text."""

    text: str | None = None
    type: TextType | None = None


class ArticleAndParentComment(Message):
    """What a comment refers to."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(Message):
    """What a comment refers to, in one of two ways; not used."""

    entries: Elements[TextEntry] | None = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(Message):
    """How an attribute is wanted."""

    score_type: ScoreType | None = None
    score_threshold: Probability | None = Field(default=None, description="leave out lower scores")


class Score(Message):
    """A score, and of what kind it is."""

    value: Probability
    type: ScoreType | None = None


class SpanScore(Message):
    """The score of [begin, end), in UTF-16 units."""

    begin: Offset
    end: Offset
    score: Score


class AttributeScores(Message):
    """The scores of one attribute."""

    span_scores: Elements[SpanScore] | None = None
    summary_score: Score | None = None


class Request(Message):
    """What both methods take."""

    comment: TextEntry | None = None
    context: Context | None = Field(default=None, description="accepted, not used")
    languages: Elements[Language] | None = Field(default=None, description="BCP 47; found out where absent")
    client_token: str | None = Field(default=None, description="comes back as sent")
    session_id: str | None = Field(default=None, description="accepted, not used")
    community_id: str | None = Field(default=None, description="accepted, not used")
    do_not_store: bool | None = Field(default=None, description="no text is ever stored, whatever this says")

    @property
    def tags(self) -> list[str]:
        """The languages asked for, as sent."""
        return self.languages or []


class AnalyzeCommentRequest(Request):
    """comments:analyze."""

    requested_attributes: ByAttribute[AttributeParameters] | None = None
    span_annotations: bool | None = Field(default=None, description="score paragraphs and odd phrases too")
    drop_unsupported_attributes: bool | None = Field(
        default=None, description="leave out attributes that are unknown or cannot score this language"
    )


class SuggestCommentScoreRequest(Request):
    """comments:suggestscore."""

    attribute_scores: ByAttribute[AttributeScores] | None = None


def _names(message: type[Message]) -> Iterator[str]:
    for name in message.model_fields:
        yield from (name, to_camel(name))
    for kind in message.__subclasses__():
        yield from _names(kind)


#: Whatever a field of any message may be called.
FIELDS: Final = frozenset(_names(Message))
