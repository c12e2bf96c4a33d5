"""Where the build finds executed notebooks: in a cache that belongs to the package as it stands.

A cache alone would keep old output after the package has changed. So its name is a digest of all that the
notebooks import or read: another package, another cache.
"""

import hashlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
READ = ("cnnlab/**/*.py", "cnnlab/data/*.npz", "book/data/*")


def cache_path():
    """Return the folder of the cache, which need not exist."""
    digest = hashlib.sha256()
    for file in sorted(file for pattern in READ for file in ROOT.glob(pattern) if file.is_file()):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return ROOT / "book" / "_build" / ".executed" / digest.hexdigest()[:16]


def use_cache(app, config):
    """Tell the notebooks' extension; what `tools/execute.py` has not executed, the build executes."""
    config.nb_execution_cache_path = str(cache_path())


def setup(app):
    app.connect("config-inited", use_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
