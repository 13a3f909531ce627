"""Where files are kept: a folder of this machine, or an S3 bucket. Keys are ours, never a user's.

A key is 32 random hexadecimal digits and an ending from TYPES: nobody can guess it, it says
nothing, and its ending alone decides as what it is served.
"""

from microfed.storage.keys import (
    RAW,
    TYPES,
    check_key,
    ending_of,
    is_key,
    new_key,
    type_of,
)
from microfed.storage.local import LocalStorage
from microfed.storage.place import Storage

__all__ = [
    "RAW",
    "TYPES",
    "LocalStorage",
    "Storage",
    "check_key",
    "ending_of",
    "is_key",
    "new_key",
    "open_storage",
    "type_of",
]


def open_storage(url: str) -> Storage:
    """Return the storage at `url`: `file:///folder` or `s3://bucket/prefix?endpoint=…`."""
    if url.startswith("s3://"):
        # An optional extra, and of use only where there is a bucket.
        from microfed.storage.s3 import S3Storage  # noqa: PLC0415

        return S3Storage(url)
    if not url.startswith("file://"):
        raise ValueError("STORAGE_URL must begin with file:// or s3://")
    return LocalStorage.at(url)
