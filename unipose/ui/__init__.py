"""The page: a chat beside a body. :mod:`page` lays it out, :mod:`handlers` decides, :mod:`viewer` draws."""
