"""Codes, markers and queries as token ids and as literal text: the only home of these names (paper section
3.2).

After the base tokenizer's own tokens the table goes on, without a gap::

    base_size ..                codes       one for each entry of the pose codebook
    then                        begin, end  around a pose
    then                        image start, image end
    last num_queries rows       queries     the k-th asks for the k-th code of a pose
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

IMAGE_PATCH = -200
"""Stands for one image token in ``input_ids``. It is no row of the table, so no text can spell it."""


@dataclass(frozen=True)
class PoseVocabulary:
    """Token ids of everything that is not plain text.

    Attributes:
        base_size: tokens of the base tokenizer, which come first.
        num_codes: entries of the pose codebook.
        num_queries: tokens of one pose.
    """

    base_size: int
    num_codes: int
    num_queries: int

    @property
    def first_code(self) -> int:
        """Id of code 0."""
        return self.base_size

    @property
    def begin(self) -> int:
        """Id of begin-of-pose."""
        return self.first_code + self.num_codes

    @property
    def end(self) -> int:
        """Id of end-of-pose."""
        return self.begin + 1

    @property
    def image_start(self) -> int:
        """Id of the marker before an image."""
        return self.begin + 2

    @property
    def image_end(self) -> int:
        """Id of the marker after an image."""
        return self.begin + 3

    @property
    def first_query(self) -> int:
        """Id of query 0; the queries are the last rows of the table."""
        return self.begin + 4

    @property
    def num_tokens(self) -> int:
        """Rows this vocabulary adds to the base."""
        return self.num_codes + 4 + self.num_queries

    @property
    def size(self) -> int:
        """Rows of the whole table."""
        return self.base_size + self.num_tokens

    @property
    def code_rows(self) -> slice:
        """The rows of the codes, to index a table or logits."""
        return slice(self.first_code, self.begin)

    @property
    def query_ids(self) -> list[int]:
        """Ids of all queries, in slot order."""
        return list(range(self.first_query, self.size))

    def code_id(self, code: int) -> int:
        """Token id of a code.

        Raises:
            ValueError: outside the codebook.
        """
        if not 0 <= code < self.num_codes:
            raise ValueError(f"expected a pose code from 0 to {self.num_codes - 1}, found {code}")
        return self.first_code + code

    def is_code(self, ids: Tensor) -> Tensor:
        """Bool tensor of the shape of ``ids``: which are codes."""
        return (ids >= self.first_code) & (ids < self.begin)

    def is_query(self, ids: Tensor) -> Tensor:
        """Bool tensor of the shape of ``ids``: which are queries."""
        return (ids >= self.first_query) & (ids < self.size)

    def literal(self, token_id: int) -> str:
        """The published spelling of an added token, for logs and for other tools; our prompts never go
        through text.

        Raises:
            ValueError: for an id of the base vocabulary or beyond the table.
        """
        if self.first_code <= token_id < self.image_start:
            return f"<pose_id_{token_id - self.first_code}>"
        if self.first_query <= token_id < self.size:
            return f"<pose_query_{token_id - self.first_query}>"
        markers = {self.image_start: "<im_start>", self.image_end: "<im_end>"}
        if token_id not in markers:
            raise ValueError(f"expected an id from {self.first_code} to {self.size - 1}, found {token_id}")
        return markers[token_id]

    def literals(self) -> list[str]:
        """Every added token's spelling, in id order."""
        return [self.literal(token_id) for token_id in range(self.first_code, self.size)]
