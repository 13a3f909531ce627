"""Files that only a passphrase opens: what is kept at somebody else's must say nothing to them.

A key is made of the passphrase (scrypt) for this file alone; the bytes follow in portions, each
sealed with AES-256-GCM, numbered, the last one marked: none can be changed, swapped or cut off.
"""

import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from microfed.errors import Invalid

MAGIC = b"microfed sealed 1\n"
_SALT = 16
_PORTION = 64 * 1024
_TAG = 16


class Sealing:
    """A file to write into; `finish` must be called, or it can never be opened."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        salt = os.urandom(_SALT)
        self._file, self._key, self._count = file, _key(passphrase, salt), 0
        self._waiting = bytearray()
        file.write(MAGIC + salt)

    def write(self, data: bytes) -> int:
        """Take some bytes."""
        self._waiting += data
        while len(self._waiting) > _PORTION:
            self._put(bytes(self._waiting[:_PORTION]), is_last=False)
            del self._waiting[:_PORTION]
        return len(data)

    def finish(self) -> None:
        """Write the end."""
        self._put(bytes(self._waiting), is_last=True)
        self._waiting.clear()

    def _put(self, portion: bytes, *, is_last: bool) -> None:
        self._file.write(self._key.encrypt(_number(self._count, is_last=is_last), portion, None))
        self._count += 1


class Opening:
    """A sealed file to read from; Invalid when the passphrase is wrong or the file is damaged."""

    def __init__(self, file: IO[bytes], passphrase: str) -> None:
        if file.read(len(MAGIC)) != MAGIC:
            raise Invalid("this file was not sealed with a passphrase")
        self._file, self._key = file, _key(passphrase, file.read(_SALT))
        self._count, self._ready = 0, bytearray()
        self._next = file.read(_PORTION + _TAG)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        while self._next and (size < 0 or len(self._ready) < size):
            following = self._file.read(_PORTION + _TAG)
            number = _number(self._count, is_last=not following)
            try:
                self._ready += self._key.decrypt(number, self._next, None)
            except InvalidTag:
                raise Invalid(
                    "the passphrase is not the right one, or the file is damaged"
                ) from None
            self._count, self._next = self._count + 1, following
        taken = bytes(self._ready) if size < 0 else bytes(self._ready[:size])
        del self._ready[: len(taken)]
        return taken


def is_sealed(file: IO[bytes]) -> bool:
    """Say whether a passphrase is needed; leaves the file at its beginning."""
    begins = file.read(len(MAGIC))
    file.seek(0)
    return begins == MAGIC


def _key(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode()))


def _number(count: int, *, is_last: bool) -> bytes:
    return count.to_bytes(11, "big") + bytes([is_last])
