"""Writes the golden messages beside this file with the reference implementation of protocol buffers.

    python3 -m venv /tmp/protobuf && /tmp/protobuf/bin/pip install protobuf grpcio-tools
    /tmp/protobuf/bin/python Fixtures/protobuf/generate.py

Each line of `worker.hex` and `server.hex` is a name, a space, and the message's bytes in hexadecimal.
`canonical` messages have to come out of an encoder byte by byte; `accepted` ones are other spellings of the
message named after the `=`, which every decoder has to take for it; the reference decoder is asked first.
"""

import importlib
import pathlib
import sys
import tempfile

from grpc_tools import protoc

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "Sources" / "WorkerProtocol"


def load():
    with tempfile.TemporaryDirectory() as folder:
        code = protoc.main(["protoc", f"-I{PROTO}", f"--python_out={folder}", str(PROTO / "ci.proto")])
        if code != 0:
            sys.exit("protoc failed")
        sys.path.insert(0, folder)
        return importlib.import_module("ci_pb2")


ci = load()
WORKER = ci.WorkerMessage
SERVER = ci.ServerMessage
HIGHEST = 2**64 - 1


def worker_messages():
    info = ci.RunnerInfo(
        hostname="build-7", os="linux", arch="amd64", version="0.1.0",
        extra={"instance": "f00d", "zone": "", "ärger": "größe"},
        features=["copy.commit", "log.ack", ""])
    yield "empty", WORKER()
    yield "id-only", WORKER(id=HIGHEST)
    yield "runner-info", WORKER(runner_info=info)
    yield "runner-info-empty-key", WORKER(runner_info=ci.RunnerInfo(extra={"": "value"}))
    yield "runner-info-empty", WORKER(runner_info=ci.RunnerInfo())
    yield "output", WORKER(id=3, output=ci.Output(data=b"hello\n"), offset=300)
    yield "output-stderr", WORKER(id=3, output=ci.Output(stream=1, data=bytes(range(256))), offset=1)
    yield "output-empty", WORKER(id=1, output=ci.Output())
    yield "output-large", WORKER(id=2**32, output=ci.Output(data=b"x" * 20000), offset=2**40)
    yield "done-zero", WORKER(id=4, done=ci.Done())
    yield "done-code", WORKER(id=4, done=ci.Done(exit_code=137))
    yield "done-negative", WORKER(id=4, done=ci.Done(exit_code=-1))
    yield "done-lowest", WORKER(id=4, done=ci.Done(exit_code=-2**31))
    yield "file-chunk", WORKER(id=9, file_chunk=ci.FileChunk(data=b"\x00\xff"), offset=262144)
    yield "file-chunk-last", WORKER(id=9, file_chunk=ci.FileChunk(data=b"end", eof=True), offset=HIGHEST)
    yield "file-chunk-empty-last", WORKER(id=9, file_chunk=ci.FileChunk(eof=True))
    yield "error", WORKER(id=5, error=ci.Error(message="no such file: größe"))
    yield "error-empty", WORKER(id=5, error=ci.Error())


def server_messages():
    yield "empty", SERVER()
    yield "copy-empty", SERVER(id=1, copy=ci.Copy())
    yield "copy-clone", SERVER(id=1, copy=ci.Copy(
        source="https://forge.example/a/b.git", dest="src",
        creds=ci.Credentials(token="t0ken"), ref="refs/pull/7/merge", commit="ab" * 20, depth=1))
    yield "copy-basic", SERVER(id=1, copy=ci.Copy(
        source="https://forge.example/a/b.git",
        creds=ci.Credentials(basic=ci.BasicAuth(username="x-access-token", password="p:w"))))
    yield "copy-empty-token", SERVER(id=1, copy=ci.Copy(creds=ci.Credentials(token="")))
    yield "copy-no-auth", SERVER(id=1, copy=ci.Copy(creds=ci.Credentials()))
    yield "copy-data", SERVER(id=2, copy=ci.Copy(dest="a/b", data=b"\x00\x01"))
    yield "copy-from", SERVER(id=3, copy=ci.Copy(direction=1, source="dist/app"))
    yield "run", SERVER(id=4, run=ci.Run(
        cmd="mise", args=["run", "", "ci"], env={"B": "2", "A": "1"}, workdir="src"))
    yield "run-empty", SERVER(id=4, run=ci.Run())
    yield "close", SERVER(id=5, close=ci.Close())
    yield "ack", SERVER(ack=ci.Ack(id=0, offset=2**63))
    yield "resume", SERVER(resume=ci.Resume(id=9, offset=1))
    yield "renew", SERVER(renew=ci.Renew(token="header.payload.signature"))
    yield "features", SERVER(features=ci.Features(names=["resume", "log.ack"]))
    yield "cancel", SERVER(cancel=ci.Cancel(id=4, grace_seconds=10))
    yield "mask", SERVER(mask=ci.Mask(values=["s3cret", "", "first line\nsecond line"]))
    yield "mask-empty", SERVER(mask=ci.Mask())


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, body):
    return varint(number << 3 | 2) + varint(len(body)) + body


def worker_spellings():
    """The same message, written otherwise: order, repetition, unknown fields, long varints."""
    yield "offset-first=output", b"\x08\x03" + b"\x80\x01\xac\x02" + field(3, field(2, b"hello\n"))
    yield "eof-first=file-chunk-last", (
        b"\x08\x09" + b"\x80\x01" + varint(HIGHEST) + field(5, b"\x10\x01" + field(1, b"end")))
    yield "split=output", (
        b"\x08\x07" + field(3, field(2, b"lost")) + b"\x08\x03" + field(3, field(2, b"hello\n"))
        + b"\x80\x01\xac\x02")
    yield "other-member-before=done-code", (
        b"\x08\x04" + field(3, field(2, b"lost")) + field(4, b"\x08\x89\x01"))
    yield "merged=output-stderr", (
        b"\x08\x03" + field(3, b"\x08\x01") + field(3, field(2, bytes(range(256)))) + b"\x80\x01\x01")
    yield "unknown-fields=done-zero", (
        b"\x08\x04" + varint(99 << 3) + b"\x01" + varint(98 << 3 | 1) + b"12345678"
        + field(97, b"unknown") + varint(96 << 3 | 5) + b"1234"
        + varint(95 << 3 | 3) + varint(94 << 3 | 3) + b"\x08\x01" + varint(94 << 3 | 4)
        + varint(95 << 3 | 4) + field(4, field(7, b"unknown")))
    yield "long-varint=output", (
        b"\x08\x83\x80\x80\x00" + field(3, field(2, b"hello\n")) + b"\x80\x01\xac\x82\x80\x80\x00")
    yield "short-negative=done-negative", b"\x08\x04" + field(4, b"\x08\xff\xff\xff\xff\x0f")


def server_spellings():
    yield "map-entry-reversed=run", b"\x08\x04" + field(3, (
        field(1, b"mise") + field(2, b"run") + field(2, b"") + field(2, b"ci")
        + field(3, field(2, b"2") + field(1, b"B")) + field(3, field(1, b"A") + field(2, b"no"))
        + field(3, field(1, b"A") + field(2, b"1")) + field(4, b"src")))
    yield "credentials-replaced=copy-empty-token", b"\x08\x01" + field(2, (
        field(5, field(2, field(1, b"user"))) + field(5, field(1, b""))))
    yield "credentials-merged=copy-basic", b"\x08\x01" + field(2, (
        field(1 + 1, b"https://forge.example/a/b.git")
        + field(5, field(2, field(1, b"x-access-token"))) + field(5, field(2, field(2, b"p:w")))))
    yield "lists-appended=features", (
        field(19, field(1, b"resume")) + field(19, field(1, b"log.ack")))
    yield "secrets-appended=mask", (
        field(21, field(1, b"s3cret")) + field(21, field(1, b"") + field(1, b"first line\nsecond line")))
    yield "bool-close=close", b"\x08\x05" + field(4, b"") + field(4, b"\x08\x01")


def write(name, kind, messages, spellings):
    lines = []
    known = {}
    for title, message in messages:
        known[title] = message
        lines.append(f"canonical {title} {message.SerializeToString(deterministic=True).hex()}")
    for title, body in spellings:
        target = known[title.split("=")[1]]
        decoded = kind.FromString(body)
        decoded.DiscardUnknownFields()
        if decoded != target:
            sys.exit(f"the reference reads {title} as\n{decoded}\nand not as\n{target}")
        lines.append(f"accepted {title} {body.hex()}")
    (HERE / name).write_text("\n".join(lines) + "\n")


write("worker.hex", WORKER, worker_messages(), worker_spellings())
write("server.hex", SERVER, server_messages(), server_spellings())
