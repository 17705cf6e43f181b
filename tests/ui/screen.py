"""What a visitor sees, without a browser."""

import json

from unipose.ui.updates import Update


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
        """Who said what, without the marks below an answer."""
        said = [(message["role"][0], message["content"]) for message in self.messages]
        return [(who, text.partition("\n\n")[0] if isinstance(text, str) else text) for who, text in said]

    @property
    def label(self):
        return json.loads(self.frame)["label"]
