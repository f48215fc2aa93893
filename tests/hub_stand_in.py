"""A stand-in of the Hub's HTTP API on loopback, as far as `huggingface_hub` calls it.

    with HubStandIn() as hub:
        HfApi(endpoint=hub.url, token=hub.token)
    hub.allow(7)         # refuses the eighth request from here, as if the publisher had been killed
    hub.requests         # every request: "POST /api/datasets/owner/name/commit/main"

It has data sets, commits, branches, tags and files. A commit is a dictionary of path -> bytes in
memory. Writing needs the token.
"""

import asyncio
import base64
import hashlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_LARGE = (".parquet", ".png")
_DATA_SET = "/api/datasets/{owner}/{name}"


def blob_id(content: bytes) -> str:
    """A file's id in git."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def pointer(content: bytes) -> bytes:
    """Returns what git stores instead of a large file."""
    digest = hashlib.sha256(content).hexdigest()
    head = "version https://git-lfs.github.com/spec/v1"
    return f"{head}\noid sha256:{digest}\nsize {len(content)}\n".encode()


class Refused(Exception):
    """An answer that is an error, with the code by which the client knows it."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.response = JSONResponse({"error": message}, status, headers)


@dataclass
class Repository:
    """One data set: its commits and what points to them."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    #: The large files that it has, whether a commit names them or not.
    large: dict[str, bytes] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes], parent: str | None) -> str:
        """Keeps a commit; its id follows from all that it holds."""
        listed = sorted((path, blob_id(content)) for path, content in files.items())
        oid = hashlib.sha1(repr((parent, listed, len(self.commits))).encode()).hexdigest()
        self.commits[oid] = files
        return oid

    def resolved(self, revision: str) -> str:
        """The commit that a branch, tag or id means."""
        oid = self.tags.get(revision) or self.branches.get(revision) or revision
        if oid not in self.commits:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return oid


class HubStandIn:
    """A Hub with no data set in it."""

    token = "hf_of_the_stand_in"

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[str] = []
        #: Bytes of large files that were sent.
        self.sent = 0
        self._left: int | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(), host="127.0.0.1", port=0, log_level="error", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def allow(self, requests: int | None) -> None:
        """Answers so many requests more and refuses all after them; None refuses none."""
        self._left = requests

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def __enter__(self) -> Self:
        """Starts it, on a free port."""
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < until, "the stand-in does not start"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        """Stops it."""
        self._server.should_exit = True
        self._thread.join(30)

    # --- requests

    def _app(self) -> Starlette:
        routes: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("POST", "/api/repos/create", self._create),
            ("POST", "/api/validate-yaml", self._valid),
            ("GET", _DATA_SET, self._info),
            ("GET", f"{_DATA_SET}/revision/{{revision}}", self._info),
            ("GET", f"{_DATA_SET}/refs", self._refs),
            ("POST", f"{_DATA_SET}/branch/{{branch}}", self._branch),
            ("DELETE", f"{_DATA_SET}/branch/{{branch}}", self._unbranch),
            ("POST", f"{_DATA_SET}/tag/{{revision}}", self._tag),
            ("GET", f"{_DATA_SET}/tree/{{revision}}", self._tree),
            ("GET", f"{_DATA_SET}/tree/{{revision}}/{{path:path}}", self._tree),
            ("POST", f"{_DATA_SET}/paths-info/{{revision}}", self._paths),
            ("POST", f"{_DATA_SET}/preupload/{{revision}}", self._modes),
            ("POST", f"{_DATA_SET}/commit/{{revision}}", self._commit),
            ("POST", "/datasets/{owner}/{name}.git/info/lfs/objects/batch", self._batch),
            ("PUT", "/large/{owner}/{name}/{digest}", self._put),
            ("GET", "/datasets/{owner}/{name}/resolve/{revision}/{path:path}", self._resolve),
        ]
        return Starlette(
            routes=[
                Route(path, self._guarded(answer), methods=[how]) for how, path, answer in routes
            ]
        )

    def _guarded(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Counts a request, refuses it when it is the turn, and asks who writes for the token."""

        async def guarded(request: Request) -> Response:
            self.requests.append(f"{request.method} {request.url.path}")
            if self._left is not None:
                self._left -= 1
                if self._left < 0:
                    return Refused(403, "The stand-in refuses.").response
            reads = request.method in ("GET", "HEAD") or "/paths-info/" in request.url.path
            signed = request.url.path.startswith("/large/")
            if (
                not reads
                and not signed
                and request.headers.get("Authorization") != f"Bearer {self.token}"
            ):
                return Refused(401, "Invalid credentials.").response
            await asyncio.sleep(0)  # lets another publisher in between any two requests
            try:
                return await answer(request)
            except Refused as refused:
                return refused.response

        return guarded

    def _of(self, request: Request) -> Repository:
        name = "{owner}/{name}".format(**request.path_params)
        if name not in self.repositories:
            raise Refused(404, "Repository not found", "RepoNotFound")
        return self.repositories[name]

    # --- data sets, branches and tags

    async def _create(self, request: Request) -> Response:
        asked = await request.json()
        name = f"{asked['organization']}/{asked['name']}"
        if asked["type"] != "dataset" or name in self.repositories:
            raise Refused(409, "You already created this dataset repo")
        repository = self.repositories[name] = Repository()
        lines = "".join(f"*{end} filter=lfs diff=lfs merge=lfs -text\n" for end in _LARGE)
        repository.branches["main"] = repository.commit({".gitattributes": lines.encode()}, None)
        return JSONResponse({"url": f"{self.url}/datasets/{name}", "name": name})

    async def _valid(self, request: Request) -> Response:
        content = (await request.json())["content"]
        errors = [] if content.startswith("---\n") else [{"message": "no metadata"}]
        return JSONResponse({"errors": errors, "warnings": []}, 400 if errors else 200)

    async def _info(self, request: Request) -> Response:
        held = self._of(request)
        oid = held.resolved(request.path_params.get("revision", "main"))
        name = "{owner}/{name}".format(**request.path_params)
        siblings = [{"rfilename": path} for path in sorted(held.commits[oid])]
        return JSONResponse(
            {
                "_id": "1",
                "id": name,
                "sha": oid,
                "private": False,
                "gated": False,
                "disabled": False,
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "siblings": siblings,
                "lastModified": "2026-01-01T00:00:00.000Z",
            }
        )

    async def _refs(self, request: Request) -> Response:
        held = self._of(request)

        def listed(kind: str, refs: dict[str, str]) -> list[dict[str, str]]:
            return [
                {"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": oid}
                for n, oid in refs.items()
            ]

        return JSONResponse(
            {
                "branches": listed("heads", held.branches),
                "tags": listed("tags", held.tags),
                "converts": [],
            }
        )

    async def _branch(self, request: Request) -> Response:
        held, branch, asked = self._of(request), request.path_params["branch"], await request.json()
        if branch in held.branches:
            raise Refused(409, "Reference already exists")
        held.branches[branch] = held.resolved(asked.get("startingPoint", "main"))
        return Response(status_code=200)

    async def _unbranch(self, request: Request) -> Response:
        if self._of(request).branches.pop(request.path_params["branch"], None) is None:
            raise Refused(404, "Reference does not exist")
        return Response(status_code=200)

    async def _tag(self, request: Request) -> Response:
        held, tag = self._of(request), (await request.json())["tag"]
        if tag in held.tags:
            raise Refused(409, "Tag reference exists already")
        held.tags[tag] = held.resolved(request.path_params["revision"])
        return Response(status_code=200)

    # --- files

    def _entry(self, held: Repository, path: str, content: bytes) -> dict[str, Any]:
        """A file as the Hub lists it; of a large one git holds a pointer."""
        if not path.endswith(_LARGE):
            return {"type": "file", "path": path, "size": len(content), "oid": blob_id(content)}
        digest, kept = hashlib.sha256(content).hexdigest(), pointer(content)
        large = {"oid": digest, "size": len(content), "pointerSize": len(kept)}
        return {
            "type": "file",
            "path": path,
            "size": len(content),
            "oid": blob_id(kept),
            "lfs": large,
        }

    async def _tree(self, request: Request) -> Response:
        held, folder = self._of(request), unquote(request.path_params.get("path", ""))
        files = held.commits[held.resolved(request.path_params["revision"])]
        inside = {
            path: content
            for path, content in sorted(files.items())
            if path.startswith(folder and f"{folder}/")
        }
        if not inside:
            raise Refused(404, f"{folder} does not exist", "EntryNotFound")
        start = len(folder) + 1 if folder else 0
        deep = request.query_params.get("recursive", "").lower() == "true"
        folders = {path[: path.index("/", start)] for path in inside if "/" in path[start:]}
        entries = [_folder(path) for path in sorted(folders)]
        shown = (
            inside if deep else {path: inside[path] for path in inside if "/" not in path[start:]}
        )
        return JSONResponse(
            [*entries, *(self._entry(held, path, content) for path, content in shown.items())]
        )

    async def _paths(self, request: Request) -> Response:
        held, asked = self._of(request), parse_qs((await request.body()).decode())
        files = held.commits[held.resolved(request.path_params["revision"])]
        wanted = asked["paths"]
        found = [self._entry(held, path, files[path]) for path in wanted if path in files]
        folders = [path for path in wanted if any(name.startswith(f"{path}/") for name in files)]
        found += [_folder(path) for path in folders]
        return JSONResponse(found)

    async def _modes(self, request: Request) -> Response:
        held, asked = self._of(request), await request.json()
        files = held.commits[held.resolved(request.path_params["revision"])]

        def mode(path: str) -> dict[str, Any]:
            large = path.endswith(_LARGE)
            entry = self._entry(held, path, files[path]) if path in files else {}
            oid = entry.get("lfs", {}).get("oid") if large else entry.get("oid")
            return {
                "path": path,
                "uploadMode": "lfs" if large else "regular",
                "shouldIgnore": False,
                "oid": oid,
            }

        return JSONResponse({"files": [mode(file["path"]) for file in asked["files"]]})

    async def _batch(self, request: Request) -> Response:
        held, asked = self._of(request), await request.json()
        base = f"{self.url}/large/{request.path_params['owner']}/{request.path_params['name']}"
        objects = [
            one
            | (
                {}
                if one["oid"] in held.large
                else {"actions": {"upload": {"href": f"{base}/{one['oid']}"}}}
            )
            for one in asked["objects"]
        ]
        return JSONResponse({"transfer": "basic", "objects": objects})

    async def _put(self, request: Request) -> Response:
        content, digest = await request.body(), request.path_params["digest"]
        if hashlib.sha256(content).hexdigest() != digest:
            raise Refused(400, "The bytes are not those of the hash")
        self._of(request).large[digest] = content
        self.sent += len(content)
        return Response(status_code=200)

    async def _commit(self, request: Request) -> Response:
        lines = [json.loads(line) for line in (await request.body()).splitlines()]
        held, branch = self._of(request), request.path_params["revision"]
        if branch not in held.branches:
            raise Refused(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        parent = lines[0]["value"].get("parentCommit")
        if parent is not None and parent != held.branches[branch]:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        files = dict(held.commits[held.branches[branch]])
        for line in lines[1:]:
            _apply(files, held, line["key"], line["value"])
        held.branches[branch] = held.commit(files, held.branches[branch])
        oid, name = held.branches[branch], "{owner}/{name}".format(**request.path_params)
        return JSONResponse(
            {"commitUrl": f"{self.url}/datasets/{name}/commit/{oid}", "commitOid": oid}
        )

    async def _resolve(self, request: Request) -> Response:
        held, path = self._of(request), request.path_params["path"]
        oid = held.resolved(request.path_params["revision"])
        if path not in held.commits[oid]:
            raise Refused(404, "Entry not found", "EntryNotFound")
        content = held.commits[oid][path]
        entry = self._entry(held, path, content)
        tag = entry.get("lfs", entry)["oid"]
        return _served(
            content, {"ETag": f'"{tag}"', "X-Repo-Commit": oid, "Accept-Ranges": "bytes"}, request
        )


def _folder(path: str) -> dict[str, Any]:
    """A folder as the Hub lists it."""
    return {"type": "directory", "path": path, "oid": blob_id(path.encode()), "size": 0}


def _apply(files: dict[str, bytes], held: Repository, key: str, value: dict[str, Any]) -> None:
    """One line of a commit."""
    path = value["path"]
    if key == "file":
        files[path] = base64.b64decode(value["content"])
    elif key == "lfsFile":
        if value["oid"] not in held.large:
            raise Refused(400, f"{path} was not uploaded")
        files[path] = held.large[value["oid"]]
    elif key == "deletedFile" and path in files:
        del files[path]
    else:
        raise Refused(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")


def _served(content: bytes, headers: dict[str, str], request: Request) -> Response:
    """The whole file, or the range that is asked for."""
    asked = request.headers.get("Range", "")
    if not asked.startswith("bytes="):
        return Response(content, headers=headers, media_type="application/octet-stream")
    first, _, last = asked.removeprefix("bytes=").partition("-")
    start, end = int(first), min(int(last) if last else len(content) - 1, len(content) - 1)
    headers |= {"Content-Range": f"bytes {start}-{end}/{len(content)}"}
    return Response(
        content[start : end + 1], 206, headers=headers, media_type="application/octet-stream"
    )
