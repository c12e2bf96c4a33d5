"""Handwritten digits: a sample that ships with the package, all of MNIST on request, and its file format."""

import contextlib
import gzip
import hashlib
import importlib.resources
import importlib.util
import math
import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from cnnlab import _atomic

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]
Dataset = tuple[Images, Labels, Images, Labels]

# Each holds the four files below, gzipped. They are tried in this order.
MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)

# SHA-256 of the uncompressed files, in the order of `mnist()`'s results.
# The mirrors compress differently; what is inside is the same.
MNIST_FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 32  # of NumPy 1; NumPy 2 allows 64
_CHUNK = 2**20
_GZIP_MAGIC = b"\x1f\x8b"
# DEFLATE cannot shrink data by more than this factor.
_GZIP_MAX_RATIO = 1032
_TIMEOUT_SECONDS = 30
# Twice what the largest of the files holds.
_MOST_BYTES = 100 * _CHUNK


def mnist_sample() -> Dataset:
    """Load 6,000 real digits that come with the package; nothing is downloaded.

    5,000 images drawn at random from the 60,000 of MNIST's training set, 1,000 from the 10,000 of its test
    set. MNIST is by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, CC BY-SA 3.0.

    Returns
    -------
    x_train, y_train, x_test, y_test : uint8 arrays
        Shapes (5000, 28, 28), (5000,), (1000, 28, 28), (1000,); ink is 255, paper 0. New arrays at each call.

    Raises
    ------
    OSError
        If the package was installed without its data file.

    Examples
    --------
    >>> x_train, y_train, x_test, y_test = mnist_sample()
    >>> x_train.shape, x_train.dtype, int(y_train[0])
    ((5000, 28, 28), dtype('uint8'), 2)
    """
    resource = importlib.resources.files("cnnlab") / "data" / "mnist_sample.npz"
    with resource.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return archive["x_train"], archive["y_train"], archive["x_test"], archive["y_test"]


def read_idx(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """Read an array from an IDX file, the format of MNIST; plain or gzipped.

    Parameters
    ----------
    path : path
        The file. Whether it is gzipped is seen from its first bytes, not from its name.

    Returns
    -------
    array
        With the file's shape, its dtype in the machine's own byte order, and writable.

    Raises
    ------
    ValueError
        If the file is not IDX, is shorter or longer than its header says, or is a damaged gzip file.
        No memory is taken for a size that the file cannot hold.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "three.idx"
    ...     _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9]))
    ...     read_idx(file)
    array([7, 8, 9], dtype=uint8)
    """
    path = Path(path)
    with open(path, "rb") as file:
        stored = os.fstat(file.fileno()).st_size
        gzipped = file.read(2) == _GZIP_MAGIC
        file.seek(0)
        if not gzipped:
            return _parse_idx(file, path, stored)
        try:
            with gzip.GzipFile(fileobj=file) as unzipped:
                return _parse_idx(unzipped, path, stored * _GZIP_MAX_RATIO)  # type: ignore[arg-type]
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: damaged gzip file ({error})") from error


def _parse_idx(file: BinaryIO, path: Path, limit: int) -> npt.NDArray[Any]:
    """Read the header and the data; `limit` is the most bytes that the file can possibly hold."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _IDX_TYPES or magic[3] == 0:
        raise ValueError(
            f"{path}: not an IDX file: it starts with {magic.hex(' ') or 'nothing'}, "
            "expected 00 00, a type code 08 to 0e and a number of dimensions"
        )
    if magic[3] > _MOST_DIMENSIONS:
        raise ValueError(
            f"{path}: it announces {magic[3]} dimensions, an array has at most {_MOST_DIMENSIONS}"
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise ValueError(f"{path}: truncated IDX header: it announces {magic[3]} dimensions")
    shape = tuple(int(length) for length in np.frombuffer(sizes, dtype=">u4"))
    dtype = np.dtype(_IDX_TYPES[magic[2]])
    expected = math.prod(shape) * dtype.itemsize
    if expected > limit:
        raise ValueError(
            f"{path}: truncated: its header announces {expected} bytes of data for shape {shape}, "
            f"the file can hold at most {limit}"
        )
    data = bytearray()
    while len(data) <= expected and (chunk := file.read(min(_CHUNK, expected + 1 - len(data)))):
        data += chunk
    if len(data) != expected:
        fault = "truncated" if len(data) < expected else "too long"
        raise ValueError(f"{path}: {fault}: its header announces {expected} bytes of data for shape {shape}")
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=True)


def mnist(cache: str | os.PathLike[str] | None = None) -> Dataset:
    """Load all 70,000 digits of MNIST, downloading them the first time (about 11 MB).

    Needs `pip install "cnnlab[data]"`.
    Each file is checked against the SHA-256 of the official one before it is kept.
    Later calls need no network.

    Parameters
    ----------
    cache : path, optional
        The folder that keeps the files; by default the platform's cache folder for cnnlab.

    Returns
    -------
    x_train, y_train, x_test, y_test : uint8 arrays
        Shapes (60000, 28, 28), (60000,), (10000, 28, 28), (10000,).

    Raises
    ------
    ImportError
        If pooch is not installed and a file must be downloaded.
    ConnectionError
        If no mirror delivers the right file; the message says what each one answered.
    OSError
        If the cache cannot be written.

    Examples
    --------
    >>> x_train, y_train, x_test, y_test = mnist()  # doctest: +SKIP
    """
    folder = _default_cache() if cache is None else Path(cache)
    folder.mkdir(parents=True, exist_ok=True)
    x_train, y_train, x_test, y_test = (
        read_idx(_fetch(name, digest, folder)) for name, digest in MNIST_FILES.items()
    )
    return x_train, y_train, x_test, y_test


def _pooch() -> Any:
    try:
        import pooch
    except ImportError as error:
        raise ImportError('mnist() needs pooch: pip install "cnnlab[data]"') from error
    return pooch


def _default_cache() -> Path:
    return Path(_pooch().os_cache("cnnlab"))


def _sha256(file: Any) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _is_right(path: Path, digest: str) -> bool:
    if not path.exists():
        return False
    with open(path, "rb") as file:
        return _sha256(file) == digest


def _fetch(name: str, digest: str, folder: Path) -> Path:
    """Return the path of one verified, uncompressed file, downloaded from the first mirror that has it.

    What goes wrong on this machine (a full disk, a folder that is not ours) is raised as it is.
    """
    target = folder / name
    if _is_right(target, digest):
        return target
    pooch = _pooch()
    from requests import RequestException  # pooch downloads with it

    failures = []
    for mirror in MNIST_MIRRORS:
        url = f"{mirror}{name}.gz"
        try:
            _download(pooch, url, digest, target)
            return target
        except (RequestException, ValueError) as error:
            failures.append(f"{url}: {error}")
    raise ConnectionError(f"{name}: no mirror delivered it\n" + "\n".join(failures))


class _Bounded:
    """A file that refuses to grow beyond what the largest MNIST file needs.

    Neither pooch's downloader nor its Decompress has a limit, and a mirror can send anything.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.flush = file.flush

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        if self._file.tell() > _MOST_BYTES:
            raise ValueError(f"got more than {_MOST_BYTES} bytes, expected an MNIST file")


def _download(pooch: Any, url: str, digest: str, target: Path) -> None:
    """Download and unzip; the file takes its place only once it is verified."""
    has_tqdm = importlib.util.find_spec("tqdm") is not None
    fetch = pooch.HTTPDownloader(progressbar=has_tqdm, timeout=_TIMEOUT_SECONDS)
    with tempfile.TemporaryFile() as packed, _atomic.writing(target) as unpacked:
        fetch(url, _Bounded(packed), None)
        try:
            _unzip(packed, _Bounded(unpacked))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"damaged or truncated gzip file ({error})") from error
        if (got := _sha256(unpacked)) != digest:
            raise ValueError(f"got SHA-256 {got}, expected {digest}")


def _unzip(packed: BinaryIO, sink: _Bounded) -> None:
    """Unzip; a server that compresses on the way may have had our compression undone on arrival."""
    packed.seek(0)
    undone = packed.read(2) == b"\0\0"  # the start of an IDX file
    packed.seek(0)
    with contextlib.nullcontext(packed) if undone else gzip.GzipFile(fileobj=packed) as source:
        shutil.copyfileobj(source, sink, _CHUNK)
