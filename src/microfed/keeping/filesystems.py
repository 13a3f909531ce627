"""On what a file lies. SQLite loses data on network file systems: their locks do not hold."""

import re
from pathlib import Path

NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "ncpfs", "glusterfs", "lustre"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "davfs"}
    | {"fuse.davfs2", "fuse.cifs", "fuse.smbnetfs", "fuse.juicefs", "fuse.gcsfuse"}
)
_ESCAPED = re.compile(r"\\([0-7]{3})")


def filesystem_of(path: Path, mounts: str) -> str:
    """Return the kind of file system `path` is on, by what /proc/self/mounts says."""
    best, kind = Path("/"), ""
    for line in mounts.splitlines():
        words = line.split()
        if len(words) < 3:
            continue
        point = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), words[1]))
        # Of two on the same point the later one covers the earlier.
        if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, words[2]
    return kind


def network_of(path: Path) -> str | None:
    """Return the kind of network file system `path` is on; None when it is this machine's own."""
    try:
        mounts = Path("/proc/self/mounts").read_text(errors="replace")
    except OSError:  # not Linux: nothing can be said
        return None
    kind = filesystem_of(path.resolve(), mounts)
    return kind if kind in NETWORKED else None
