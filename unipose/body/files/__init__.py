"""Poses as other programs' files: :mod:`unipose.body.export` writes, :mod:`unipose.body.files.reading` reads them."""
