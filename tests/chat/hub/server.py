"""A small Hub: enough of the Hub's HTTP interface for its real client to fetch from and to push to.

It serves model repositories kept in memory: information, file tree, refs, files with ETag, commit and byte ranges, and
takes commits. It refuses as the Hub does, by status and ``X-Error-Code``. Weights are plain files here; the Hub stores
large ones as LFS or Xet objects, which this server never asks for, so those two transports are not covered.

Every request is noted in ``Hub.requests``. ``Hub.cuts`` makes transfers break, ``Hub.sizes`` announces other sizes than
files have.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_writer"
"""The one token that may read private and gated repositories, and write."""

Files = dict[str, bytes]


@dataclass
class Repo:
    """Commits by their 40 digits, and the branches and tags that stand at them."""

    commits: dict[str, Files] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False

    def commit(self, files: Files, branch: str = "main") -> str:
        """Put a branch at a new commit of these files; returns its digits."""
        listing = repr([(name, hashlib.sha1(data).hexdigest()) for name, data in sorted(files.items())])
        sha = hashlib.sha1(f"{len(self.commits)} {listing}".encode()).hexdigest()
        self.commits[sha] = dict(files)
        self.branches[branch] = sha
        return sha

    def resolve(self, revision: str) -> str | None:
        """The commit of a branch, tag or commit."""
        found = self.branches.get(revision) or self.tags.get(revision) or revision
        return found if found in self.commits else None


@dataclass(frozen=True)
class Request:
    """One request: method, path without query, the ``Range`` header."""

    method: str
    path: str
    range: str | None


class Hub:
    """The server; a context manager. ``url`` is what ``HF_ENDPOINT`` is to be."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.requests: list[Request] = []
        self.cuts: dict[str, int] = {}
        """How many more transfers of the file of that name break in the middle."""
        self.sizes: dict[str, int] = {}
        self.status: int | None = None
        """Answered to everything, when set."""
        self._open: list[socket.socket] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering; connections are refused from then on."""
        self._server.shutdown()
        self._server.server_close()
        for connection in self._open:
            with suppress(OSError):  # it went before
                connection.shutdown(socket.SHUT_RDWR)

    def add(self, name: str, folder: Path | None = None, **options: bool) -> Repo:
        """A repository with one commit of a folder's files."""
        self.repos[name] = repo = Repo(**options)
        if folder is not None:
            repo.commit({path.name: path.read_bytes() for path in folder.iterdir()})
        return repo

    def fetched(self) -> list[str]:
        """Names of files whose content was asked for, in order."""
        return [
            request.path.split("/")[-1]
            for request in self.requests
            if request.method == "GET" and "/resolve/" in request.path
        ]


class _Refused(Exception):
    def __init__(self, status: int, code: str = "", body: object = None) -> None:
        self.status, self.code, self.body = status, code, body or {}


_API = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/(?P<verb>\w+)(?:/(?P<rest>.+))?)?")
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)")


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            hub._open.append(self.connection)

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            split = urlsplit(self.path)
            # only what "/" separates is split before it is unquoted: a revision may hold an escaped one
            path, self.query = split.path, parse_qs(split.query)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Transfer-Encoding") == "chunked":
                body = b"".join(iter(self._chunk, b""))
            hub.requests.append(Request(self.command, unquote(path), self.headers.get("Range")))
            try:
                if hub.status is not None:
                    raise _Refused(hub.status)
                if match := _FILE.fullmatch(path):
                    return self._file(
                        self._repo(match["repo"], files=True), *map(unquote, match.group("revision", "name"))
                    )
                self._json(self._api(path, body))
            except _Refused as refused:
                headers = {"X-Error-Code": refused.code} if refused.code else {}
                self._send(refused.status, json.dumps(refused.body).encode(), headers)

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            return data

        def _known(self) -> bool:
            return self.headers.get("Authorization") == f"Bearer {TOKEN}"

        def _repo(self, name: str, files: bool = False) -> Repo:
            repo = hub.repos.get(name)
            if repo is None or (repo.private and not self._known()):
                raise _Refused(404 if self._known() else 401, "RepoNotFound")
            if files and repo.gated and not self._known():
                raise _Refused(403, "GatedRepo")
            return repo

        def _commit(self, repo: Repo, revision: str) -> str:
            sha = repo.resolve(revision)
            if sha is None:
                raise _Refused(404, "RevisionNotFound")
            return sha

        def _api(self, path: str, body: bytes) -> object:
            if path == "/api/validate-yaml":
                content = json.loads(body)["content"]
                whole = re.match(r"---\n.*^license: \w.*^---\n", content, re.M | re.S)
                return {"errors": [] if whole else [{"message": "no front matter"}], "warnings": []}
            if self.command == "POST" and not self._known():
                raise _Refused(401)
            if path == "/api/repos/create":
                asked = json.loads(body)
                name = f"{asked['organization']}/{asked['name']}"
                if name in hub.repos:
                    raise _Refused(409, body={"url": f"{hub.url}/{name}"})
                hub.add(name, private=bool(asked.get("private") or asked.get("visibility") == "private")).commit({})
                return {"url": f"{hub.url}/{name}"}
            match = _API.fullmatch(path)
            if match is None:
                raise _Refused(404)
            repo, verb, rest = self._repo(match["repo"]), match["verb"], unquote(match["rest"] or "")
            if verb in (None, "revision"):
                sha = self._commit(repo, rest or "main")
                siblings = [{"rfilename": name} for name in sorted(repo.commits[sha])]
                return {
                    "id": match["repo"],
                    "sha": sha,
                    "siblings": siblings,
                    "gated": repo.gated,
                    "private": repo.private,
                }
            if verb == "tree":
                files = repo.commits[self._commit(repo, rest)]
                return [
                    {"type": "file", "path": name, "size": hub.sizes.get(name, len(data)), "oid": _etag(data)}
                    for name, data in sorted(files.items())
                ]
            if verb == "refs":
                groups = {"branches": ("heads", repo.branches), "tags": ("tags", repo.tags), "converts": ("", {})}
                return {
                    group: [{"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": s} for n, s in refs.items()]
                    for group, (kind, refs) in groups.items()
                }
            if verb == "branch":
                if rest in repo.branches:
                    raise _Refused(409)
                repo.branches[rest] = repo.branches["main"]
                return {}
            if verb == "preupload":
                files = json.loads(body)["files"]
                return {"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]}
            if verb == "commit":
                return self._take(match["repo"], repo, rest, body)
            raise _Refused(404)

        def _take(self, name: str, repo: Repo, branch: str, body: bytes) -> object:
            """A commit: one JSON object a line."""
            files = dict(repo.commits[self._commit(repo, branch)])
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
                elif entry["key"] == "deletedFile":
                    del files[entry["value"]["path"]]
            sha = repo.commit(files, branch)
            return {"success": True, "commitOid": sha, "commitUrl": f"{hub.url}/{name}/commit/{sha}", "hookOutput": ""}

        def _file(self, repo: Repo, revision: str, name: str) -> None:
            sha = self._commit(repo, revision)
            data = repo.commits[sha].get(name)
            if data is None:
                raise _Refused(404, "EntryNotFound")
            headers = {"ETag": f'"{_etag(data)}"', "X-Repo-Commit": sha, "Accept-Ranges": "bytes"}
            if self.command == "HEAD":
                return self._send(200, b"", headers, hub.sizes.get(name, len(data)))
            start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            part, cut = data[start:], hub.cuts.get(name, 0)
            if cut:
                hub.cuts[name] = cut - 1
                self.close_connection = True
            self._send(206 if start else 200, part[: len(part) // 2] if cut else part, headers, len(part))

        def _json(self, answer: object) -> None:
            self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

        def _send(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def _etag(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
