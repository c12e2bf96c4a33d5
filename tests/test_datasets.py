"""The sample, the IDX reader against hostile files, and the download against a server of our own."""

import contextlib
import functools
import gzip
import hashlib
import http.server
import importlib.util
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from cnnlab import datasets


def idx(array, code=8):
    header = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def test_the_sample_is_the_one_the_script_draws():
    digest = hashlib.sha256(b"".join(a.tobytes() for a in datasets.mnist_sample())).hexdigest()
    assert digest == "ccfea433082a1dcff3b104499c31844dcbeff87a0c7d823c8a42af02c394210d"


def test_the_sample_is_what_its_docstring_says():
    x_train, y_train, x_test, y_test = datasets.mnist_sample()
    assert [a.shape for a in (x_train, y_train, x_test, y_test)] == [
        (5000, 28, 28),
        (5000,),
        (1000, 28, 28),
        (1000,),
    ]
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert set(y_train) == set(y_test) == set(range(10)) and x_train.max() == 255
    x_train[:] = 0
    assert datasets.mnist_sample()[0].max() == 255  # new arrays at each call


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    "dtype, code", [("u1", 8), ("i1", 9), (">i2", 11), (">i4", 12), (">f4", 13), (">f8", 14)]
)
def test_idx_round_trip(tmp_path, pack, dtype, code):
    array = (np.arange(-6, 6).reshape(2, 3, 2) if dtype != "u1" else np.arange(12).reshape(2, 3, 2)).astype(
        dtype
    )
    (tmp_path / "f").write_bytes(pack(idx(array, code)))
    got = datasets.read_idx(tmp_path / "f")
    np.testing.assert_array_equal(got, array)
    assert got.dtype == np.dtype(dtype).newbyteorder("=") and got.flags.writeable


IMAGES = idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "not an IDX file: it starts with nothing"),
        (b"\x89PNG1234", "not an IDX file: it starts with 89 50"),
        (b"\0\0\x07\x01\0\0\0\0", "not an IDX file"),
        (b"\0\0\x08\x00", "not an IDX file"),
        (IMAGES[:9], "truncated IDX header"),
        (IMAGES[:-1], "truncated: its header announces 24 bytes"),
        (IMAGES + b"x", "too long"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + b"data", "truncated: .* the file can hold at most"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_not_idx_is_refused(tmp_path, content, message, pack):
    (tmp_path / "f").write_bytes(pack(content))
    with pytest.raises(ValueError, match=message):
        datasets.read_idx(tmp_path / "f")


def test_a_damaged_gzip_file_is_refused(tmp_path):
    packed = gzip.compress(IMAGES)
    for content in (packed[:-9], packed[:12] + b"\xff\xff" + packed[14:], packed[:-6] + b"123456"):
        (tmp_path / "f").write_bytes(content)
        with pytest.raises(ValueError, match="damaged gzip file"):
            datasets.read_idx(tmp_path / "f")


def test_a_gzip_bomb_takes_no_memory(tmp_path):
    import tracemalloc

    # 60 MB of zeros in 60 kB, under a header that announces ten bytes.
    (tmp_path / "f").write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x0a" + bytes(60_000_000)))
    tracemalloc.start()
    with pytest.raises(ValueError, match="too long"):
        datasets.read_idx(tmp_path / "f")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    """Serve tiny stand-ins for the four files; return the folder, the cache and the server."""
    folder = tmp_path / "server"
    folder.mkdir()
    arrays = [np.full((3, 28, 28), 7), np.arange(3), np.full((2, 28, 28), 9), np.arange(2)]
    digests = {}
    for name, array in zip(datasets.MNIST_FILES, arrays, strict=True):
        content = idx(array.astype(np.uint8))
        digests[name] = hashlib.sha256(content).hexdigest()
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    # The first mirror is always gone: the second must be asked.
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", (address + "gone/", address))
    monkeypatch.setattr(datasets, "MNIST_FILES", digests)
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    yield folder, tmp_path / "cache", server
    server.shutdown()
    server.server_close()


def test_download_then_offline(mirror):
    _folder, cache, server = mirror
    first = datasets.mnist(cache)
    assert [a.shape for a in first] == [(3, 28, 28), (3,), (2, 28, 28), (2,)] and first[0].max() == 7
    server.shutdown()
    server.server_close()
    for one, two in zip(first, datasets.mnist(cache), strict=True):
        np.testing.assert_array_equal(one, two)
    assert sorted(p.name for p in cache.iterdir()) == sorted(datasets.MNIST_FILES)


def test_a_damaged_cache_is_fetched_again(mirror):
    _, cache, _ = mirror
    datasets.mnist(cache)
    (cache / "train-labels-idx1-ubyte").write_bytes(b"damaged")
    np.testing.assert_array_equal(datasets.mnist(cache)[1], [0, 1, 2])


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda packed: gzip.compress(idx(np.zeros((3, 28, 28), np.uint8))), "got SHA-256 .* expected"),
        (lambda packed: packed[: len(packed) // 2], "damaged or truncated gzip"),
        (lambda packed: b"<html>Sign in to the hotel's network</html>", "damaged or truncated gzip"),
        (lambda packed: gzip.compress(bytes(300_000_000), 1), "got more than"),
    ],
)
def test_wrong_content_is_named_and_not_kept(mirror, damage, message):
    folder, cache, _ = mirror
    file = folder / "train-images-idx3-ubyte.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ConnectionError, match=message) as caught:
        datasets.mnist(cache)
    assert "404" in str(caught.value)  # what the first mirror said is told too
    assert list(cache.iterdir()) == []


def test_server_gone(mirror):
    _, cache, server = mirror
    server.shutdown()
    server.server_close()
    with pytest.raises(ConnectionError, match="no mirror delivered it"):
        datasets.mnist(cache)


def test_the_script_rebuilds_the_sample(tmp_path):
    script = Path(__file__).parents[1] / "tools" / "make_mnist_sample.py"
    spec = importlib.util.spec_from_file_location("make_mnist_sample", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(IMAGES)
    with pytest.raises(SystemExit, match="not the official file"):
        module.draw(tmp_path)


@pytest.mark.parametrize(
    "content, message",
    [
        (b"\x01\0\x08\x01\0\0\0\x01x", "not an IDX file"),
        (b"\0\x01\x08\x01\0\0\0\x01x", "not an IDX file"),
        (b"\0\0\x08", "not an IDX file: it starts with 00 00 08"),
        (b"\0\0\x08" + bytes([65]) + bytes(65 * 4), "f: it announces 65 dimensions"),
    ],
)
def test_a_header_that_is_almost_right_is_refused(tmp_path, content, message):
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        datasets.read_idx(tmp_path / "f")


def test_an_array_may_fill_the_file_to_its_last_possible_byte(tmp_path):
    (tmp_path / "f").write_bytes(b"\0\0\x08\x01\0\0\0\0")  # no entries: as many as can be
    assert datasets.read_idx(tmp_path / "f").shape == (0,)
    with pytest.raises(ValueError, match="announces 9 bytes of data .* can hold at most 9|truncated"):
        (tmp_path / "f").write_bytes(b"\0\0\x08\x01\0\0\0\x09")
        datasets.read_idx(tmp_path / "f")


def test_the_cache_is_the_platforms_and_is_made_with_its_parents(mirror, monkeypatch):
    import pooch

    _, cache, _ = mirror
    asked = []
    monkeypatch.setattr(pooch, "os_cache", lambda name: asked.append(name) or str(cache / "a" / "b"))
    datasets.mnist()
    assert asked == ["cnnlab"] and len(list((cache / "a" / "b").iterdir())) == 4


def test_without_pooch_the_message_says_what_to_install(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=r'mnist\(\) needs pooch: pip install "cnnlab\[data\]"'):
        datasets.mnist(tmp_path)


def test_a_download_has_a_time_limit_and_is_renamed_once_it_is_verified(mirror, monkeypatch):
    import os

    import pooch

    _, cache, _ = mirror
    limits, renamed = [], []
    downloader, replace = pooch.HTTPDownloader, os.replace

    def recorded(**options):
        limits.append(options["timeout"])
        return downloader(**options)

    def beside(source, target):
        renamed.append(
            (source.parent, target.name, datasets._is_right(source, datasets.MNIST_FILES[target.name]))
        )
        replace(source, target)

    monkeypatch.setattr(pooch, "HTTPDownloader", recorded)
    monkeypatch.setattr(os, "replace", beside)
    datasets.mnist(cache)
    assert set(limits) == {30} and renamed == [(cache, name, True) for name in datasets.MNIST_FILES]


def serve(folder, headers=(), content=None):
    """Serve one answer to everything, with headers of our own."""

    class Answer(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            body = (folder / self.path.split("/")[-1]).read_bytes() if content is None else content
            self.send_response(200)
            for header in headers:
                self.send_header(*header)
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the reader has had enough
                self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def test_a_server_that_compresses_on_the_way_is_understood(mirror, monkeypatch):
    folder, cache, _ = mirror
    server = serve(folder, [("Content-Encoding", "gzip")])
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", (f"http://127.0.0.1:{server.server_port}/",))
    try:
        assert datasets.mnist(cache)[0].max() == 7
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("headers", [[], [("Content-Encoding", "gzip")]])
def test_a_mirror_cannot_send_without_end(mirror, monkeypatch, headers):
    folder, cache, _ = mirror
    content = gzip.compress(bytes(150 * 2**20), 1) if headers else bytes(150 * 2**20)
    server = serve(folder, headers, content)
    monkeypatch.setattr(datasets, "MNIST_MIRRORS", (f"http://127.0.0.1:{server.server_port}/",))
    try:
        with pytest.raises(ConnectionError, match="got more than"):
            datasets.mnist(cache)
    finally:
        server.shutdown()
        server.server_close()
    assert list(cache.iterdir()) == []


def test_a_disk_that_is_full_is_no_lost_connection(mirror, monkeypatch):
    import errno

    def full(packed, unpacked):
        raise OSError(errno.ENOSPC, "No space left on device")

    _, cache, _ = mirror
    monkeypatch.setattr(datasets, "_unzip", full)
    with pytest.raises(OSError, match="No space left") as caught:
        datasets.mnist(cache)
    assert not isinstance(caught.value, ConnectionError)


def test_what_a_killed_download_left_goes_with_the_next(mirror):
    import os
    import time

    _, cache, _ = mirror
    name = next(iter(datasets.MNIST_FILES))
    old, fresh = (cache / f".{name}.{letter * 16}.partial" for letter in "ab")
    cache.mkdir(exist_ok=True)
    for leftover in (old, fresh):
        leftover.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    datasets.mnist(cache)
    assert not old.exists() and fresh.exists()
