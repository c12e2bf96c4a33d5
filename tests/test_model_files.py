"""Models as files: whole or not at all, never a pickle, nothing read that the model does not need."""

import os
import time
import zipfile

import numpy as np
import pytest
from helpers.networks import X, small_network

import cnnlab
from cnnlab import Activate, Conv2D, Dense, Flatten, Layer, Sequential, tanh


def test_save_and_load(tmp_path):
    model, other = small_network(0), small_network(1)
    path = tmp_path / "model"
    model.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["model"]  # exactly that name, no .npz added, no leftover
    other.load(path)
    np.testing.assert_array_equal(model.forward(X), other.forward(X))
    model.astype(np.float32).save(path)  # over the old file
    other.load(path)
    assert other.parameters["0.w"].dtype == np.float32


def test_a_nested_network_is_saved_whole(tmp_path):
    nested = Sequential(Sequential(Conv2D(2, 3, 2, rng=0), Activate(tanh)), Flatten())
    other = Sequential(Sequential(Conv2D(2, 3, 2, rng=1), Activate(tanh)), Flatten())
    nested.save(tmp_path / "m.npz")
    other.load(tmp_path / "m.npz")
    np.testing.assert_array_equal(nested.forward(X), other.forward(X))


def damaged_files(model, folder):
    good = folder / "good.npz"
    model.save(good)
    content = good.read_bytes()
    yield "truncated", content[: len(content) // 2]
    at = content.index(model.parameters["0.w"].tobytes()) + 5
    yield "a flipped bit", content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    yield "empty", b""
    yield "text", b"not a model"
    for name, arrays in {
        "foreign": {"w": np.ones(3)},
        "an object array": {"description": np.array([{}], dtype=object)},
    }.items():
        np.savez(folder / "other.npz", **arrays)
        yield name, (folder / "other.npz").read_bytes()
    np.save(folder / "other.npy", np.ones(3))
    yield "a single array", (folder / "other.npy").read_bytes()
    small = Sequential(Dense(2, 2, rng=0))
    small.save(folder / "small.npz")
    yield "another model", (folder / "small.npz").read_bytes()
    relu_model = small_network()
    relu_model = Sequential(relu_model[0], Activate(cnnlab.relu), *relu_model[2:])  # the same shapes
    relu_model.save(folder / "relu.npz")
    yield "another activation", (folder / "relu.npz").read_bytes()


def test_only_floats_are_saved_and_never_a_pickle(tmp_path):
    model, path = Sequential(Dense(2, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    before = path.read_bytes()
    model.set_parameters({name: value + 0j for name, value in model.parameters.items()})
    with pytest.raises(TypeError, match=r"^0\.w: got dtype complex128"):
        model.save(path)
    assert path.read_bytes() == before


def test_many_savers_at_once_leave_a_whole_file(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    model, path = Sequential(Dense(60, 60, rng=0)), tmp_path / "m.npz"
    model.save(path)

    def save_and_load(_):
        model.save(path)
        Sequential(Dense(60, 60)).load(path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_and_load, range(40)))
    assert list(tmp_path.iterdir()) == [path]


def test_a_zip_with_something_else_in_it_is_refused(tmp_path):

    model, path = Sequential(Dense(2, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(ValueError, match=r"m\.npz: .*notes\.txt"):
        model.load(path)


def test_no_damaged_byte_gets_past(tmp_path):
    """Every cut and many flipped bits: a ValueError, or the right numbers where the byte did not matter."""
    model, other, path = Sequential(Dense(3, 2, rng=0)), Sequential(Dense(3, 2, rng=1)), tmp_path / "m.npz"
    model.save(path)
    content = path.read_bytes()
    damaged = [content[:end] for end in range(0, len(content), 7)]
    damaged += [content[:k] + bytes([content[k] ^ 16]) + content[k + 1 :] for k in range(0, len(content), 3)]
    refused = 0
    for broken in damaged:
        path.write_bytes(broken)
        try:
            other.load(path)
        except ValueError:
            refused += 1
        else:
            np.testing.assert_array_equal(other.parameters["0.w"], model.parameters["0.w"])
            np.testing.assert_array_equal(other.parameters["0.b"], model.parameters["0.b"])
    assert refused > len(damaged) / 2


def test_a_bad_file_leaves_the_model_untouched(tmp_path):
    model = small_network()
    before = {name: p.copy() for name, p in model.parameters.items()}
    for name, content in damaged_files(small_network(3), tmp_path):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.npz: "):
            model.load(tmp_path / "bad.npz")
        for key, value in before.items():
            np.testing.assert_array_equal(model.parameters[key], value, err_msg=name)
    with pytest.raises(FileNotFoundError):
        model.load(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("step", ["savez", "replace"])
def test_an_interrupted_save_keeps_the_previous_file(tmp_path, monkeypatch, step):
    model, path = small_network(), tmp_path / "model.npz"
    model.save(path)
    before = path.read_bytes()

    def interrupted(file, *args, **kwargs):
        if step == "savez":
            file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr({"savez": np, "replace": os}[step], step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        small_network(1).save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def rewritten(path, **arrays):
    """Store a model's file again, some of its members replaced, left out (None) or added."""
    with np.load(path) as archive:
        members = {name: archive[name] for name in archive.files} | arrays
    np.savez(path, **{name: value for name, value in members.items() if value is not None})


class Payload:
    ran = False

    def __reduce__(self):
        return setattr, (Payload, "ran", True)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"description": np.array([Payload()], dtype=object)}, "cnnlab did not save"),
        ({"description": np.array('["another program", []]')}, "cnnlab did not save"),
        ({"description": None}, "cnnlab did not save"),
        ({"0.w": np.array([[Payload()] * 2] * 3, dtype=object)}, "dtype object"),
        ({"0.w": np.ones((3, 2), int)}, r"0\.w\.npy has shape \(3, 2\) and dtype int64"),
        ({"0.w": np.ones((2, 3))}, r"0\.w\.npy has shape \(2, 3\)"),
        ({"0.w": np.ones((300, 200))}, "larger than a file for this model"),
        ({"0.w": None}, "damaged: got the members"),
        ({"1.w": np.ones(1)}, "damaged: got the members"),
    ],
)
def test_nothing_but_the_model_is_read(tmp_path, changes, message):
    model, path = Sequential(Dense(3, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    rewritten(path, **changes)
    with pytest.raises(ValueError, match=rf"m\.npz: not a readable model file: .*{message}"):
        model.load(path)
    assert not Payload.ran


def test_a_bomb_is_not_unpacked(tmp_path):
    import tracemalloc

    model, path = Sequential(Dense(3, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    with np.load(path) as archive:
        members = dict(archive)
    for name, value in (
        ("0.w", np.zeros(10_000_000)),
        ("extra", np.zeros(10_000_000)),
        ("description", np.array("x" * 10**7)),
    ):
        np.savez_compressed(path, **(members | {name: value}))
        tracemalloc.start()
        with pytest.raises(ValueError, match=r"m\.npz: ") as caught:
            model.load(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3_000_000 and len(str(caught.value)) < 5_000


def test_duplicate_members_are_refused(tmp_path):
    import warnings

    model, path = Sequential(Dense(3, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("0.b.npy", archive.read("0.b.npy"))
    with pytest.raises(ValueError, match="damaged: got the members"):
        model.load(path)


def test_the_file_knows_the_settings_and_not_the_memory_address(tmp_path):
    class Scale(Layer):
        starts = {"factor"}  # noqa: RUF012

        def __init__(self, factor, power=1):
            super().__init__(s=np.array(factor))

    path = tmp_path / "m.npz"
    Sequential(Flatten(), Scale(0.5, 2)).save(path)
    other = Sequential(Flatten(), Scale(0.1, 2))
    other.load(path)
    assert other.parameters["1.s"] == 0.5
    with pytest.raises(
        ValueError, match="for another model: layer 1, Scale, has power = 2 in the file, power = 3 here"
    ):
        Sequential(Flatten(), Scale(0.1, 3)).load(path)


def test_an_activation_of_the_same_name_with_another_function_is_refused(tmp_path):
    leaky = cnnlab.Activation(
        "relu", lambda z: np.where(z > 0, z, 0.1 * z), lambda z: np.where(z > 0, 1, 0.1)
    )
    path = tmp_path / "m.npz"
    Sequential(Dense(2, 2, rng=0), Activate(leaky)).save(path)
    with pytest.raises(ValueError, match="layer 1, Activate, has activation = .* in the file"):
        Sequential(Dense(2, 2, rng=0), Activate(cnnlab.relu)).load(path)


def test_saving_follows_a_link_keeps_the_mode_and_reaches_the_disk(tmp_path, monkeypatch):
    if os.name == "nt":
        pytest.skip("links and modes of POSIX")
    model, target, link = small_network(), tmp_path / "target.npz", tmp_path / "link.npz"
    model.save(target)
    target.chmod(0o640)
    link.symlink_to(target)
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: done.append("fsync") or fsync(descriptor))
    monkeypatch.setattr(os, "replace", lambda *paths: done.append("replace") or replace(*paths))
    small_network(1).save(link)
    assert link.is_symlink() and target.stat().st_mode & 0o777 == 0o640 and done == ["fsync", "replace"]
    model.load(target)
    np.testing.assert_array_equal(model.forward(X), small_network(1).forward(X))


def test_what_is_no_ordinary_file_is_left_alone(tmp_path):
    if os.name == "nt":
        pytest.skip("special files of POSIX")
    model = small_network()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        model.save(tmp_path / "pipe")
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match=r"(?i)symbolic links"):
        model.save(tmp_path / "a")
    (tmp_path / "kept").write_bytes(b"mine")
    (tmp_path / "kept").chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        model.save(tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"mine"


def test_what_a_killed_save_left_goes_with_the_next(tmp_path):
    old, fresh, foreign = (
        tmp_path / name for name in (f".m.{'a' * 16}.partial", f".m.{'b' * 16}.partial", ".m.mine.partial")
    )
    for leftover in (old, fresh, foreign):
        leftover.write_bytes(b"half")
    for leftover in (old, foreign):
        os.utime(leftover, (time.time() - 7200,) * 2)
    Sequential(Dense(2, 2, rng=0)).save(tmp_path / "m")
    assert {p.name for p in tmp_path.iterdir()} == {"m", fresh.name, foreign.name}


def test_only_a_regular_file_is_loaded(tmp_path):
    if os.name == "nt":
        pytest.skip("special files of POSIX")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ValueError, match="not a regular file"):
            Sequential(Dense(2, 2)).load(path)


def test_members_that_are_packed_in_another_way_are_refused_and_newer_headers_are_read(tmp_path):
    model, path = Sequential(Dense(3, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    for kind, version in ((zipfile.ZIP_LZMA, (1, 0)), (zipfile.ZIP_DEFLATED, (2, 0))):
        with zipfile.ZipFile(path, "w", kind) as archive:
            for name, value in arrays.items():
                with archive.open(f"{name}.npy", "w") as member:
                    np.lib.format.write_array(member, value, version=version)
        other = Sequential(Dense(3, 2, rng=1))
        if kind == zipfile.ZIP_LZMA:
            with pytest.raises(ValueError, match="damaged: description.npy"):
                other.load(path)
        else:
            other.load(path)
            assert other == model


@pytest.mark.parametrize("text", ["[" * 10_000, '["cnnlab model 3", [1, 2]]', '["cnnlab model 3", 7]'])
def test_a_description_that_is_none_is_refused(tmp_path, text):
    model, path = Sequential(Dense(3, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    rewritten(path, description=np.array(text))
    with pytest.raises(ValueError, match=r"m\.npz: not a readable model file: .*(did not save|description)"):
        model.load(path)


def test_a_long_name_is_a_name(tmp_path):
    path = tmp_path / ("é" * 120 + ".npz")
    small_network().save(path)
    small_network(1).load(path)
    assert list(tmp_path.iterdir()) == [path]
