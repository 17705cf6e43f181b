"""What a visitor sees, without a browser."""

import json

from unipose.ui.updates import Update


def words(content):
    """The words among the parts of a message."""
    return content if isinstance(content, str) else next(part for part in content if isinstance(part, str))


class Screen:
    """The updates so far, laid over each other."""

    def __init__(self, visit):
        self.seen = []
        self.show(visit.open())

    def show(self, *updates):
        for update in updates:
            assert isinstance(update, Update)
            self.seen.append(update)
            for name, value in vars(update).items():
                if value is not None:
                    setattr(self, name, value)
        return self

    @property
    def chat(self):
        """Who said what, without the marks and the picture below an answer."""
        said = [(message["role"][0], message["content"]) for message in self.messages]
        return [(who, words(content) if isinstance(content, list) else content) for who, content in said]

    def below(self, message=-1):
        """What stands below an answer: the HTML of its picture and its marks."""
        content = self.messages[message]["content"]
        return "".join(part["value"] for part in content if part != words(content)) if isinstance(content, list) else ""

    @property
    def label(self):
        return json.loads(self.frame)["label"]
