"""The root file system that programs see: empty, with the interpreter and the system's libraries bound into it.

Nothing of the host appears that is not named here. Everything is read-only; each sample mounts its own small ``/tmp``
over it. The folders of installed packages are covered, since benchmarks with their answers may be among them; the
packages that programs may import are bound one by one under ``/packages``.
"""

from __future__ import annotations

import glob
import os
import sys

from .. import kernel

STAGE = "/tmp"  # noqa: S108 - a mount point inside a namespace of our own
OLD = "/.old"
PACKAGES = "/packages"
SCRATCH = "/tmp"  # noqa: S108 - the jail's own
INTERPRETER = "/interpreter"
"""The new place of an interpreter that lies on the host where a sample's scratch folder is mounted."""

SYSTEM = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/bin", "/usr/share/zoneinfo")
LIBRARIES = ("/usr/lib32", "/usr/lib64", "/usr/lib/locale", "/usr/share/zoneinfo")
"""Folders of shared libraries and what these read, besides the one of this architecture in ``/usr/lib``."""
LINKED = ("/bin", "/lib", "/lib32", "/lib64", "/sbin")
COPIED = ("/etc/ld.so.cache", "/etc/localtime")
DEVICES = ("null", "zero", "full", "random", "urandom")
WRITTEN = {
    "/etc/passwd": "sandbox:x:1000:1000::/tmp:/bin/sh\n",
    "/etc/group": "sandbox:x:1000:\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def build(
    packages: tuple[tuple[str, str], ...], binds: tuple[tuple[str, str], ...] = (), libraries_alone: bool = False
) -> None:
    """Build the root file system and move into it for good; to be called in a mount namespace of its own.

    Args:
        packages: (name under ``/packages``, path on the host) of what programs may import besides the standard library.
        binds: (path on the host, path in the jail) of files and folders of a toolchain.
        libraries_alone: leave out the system's programs: there are its shared libraries, and what is bound besides.

    Raises:
        OSError: a mount was refused.
    """
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("jail", STAGE, "tmpfs", kernel.MS_NOSUID, "size=8m,nr_inodes=4096,mode=0755")
    os.chmod(STAGE, 0o755)  # noqa: S103 - the child side uses plain paths only
    os.mkdir(STAGE + OLD)
    kernel.pivot_root(STAGE, STAGE + OLD)
    os.chdir("/")
    for path in (SCRATCH, "/proc", "/sys", "/dev", "/etc", PACKAGES, "/empty"):
        os.mkdir(path)
    _bind_system(libraries_alone)
    for source, target in binds:
        _bind(source, target)
    for name, source in packages:
        _bind(source, f"{PACKAGES}/{name}")
    _use_interpreter({os.path.dirname(source) for _, source in packages})
    _devices()
    _texts()
    _bind("/proc", "/proc")
    kernel.unmount(OLD)
    os.rmdir(OLD)
    for path in _mount_points():
        kernel.make_read_only(path)


def inside(path: str) -> str:
    """Return the path in the jail of a file or folder of the interpreter."""
    prefix = sys.base_prefix
    if not prefix.startswith(SCRATCH + "/") or not path.startswith(prefix + "/"):
        return path
    return INTERPRETER + path.removeprefix(prefix)


def _use_interpreter(package_folders: set[str]) -> None:
    """Make this interpreter look for its library, and for installed packages, at their paths in the jail.

    Raises:
        OSError: the library is not there, so that programs would fail through no fault of theirs.
    """
    sys.executable = inside(os.path.realpath(sys.executable))
    packages = [getattr(module, "__path__", None) for module in sys.modules.values()]
    for folders in (sys.path, *packages):
        if isinstance(folders, list):
            folders[:] = [_moved(folder, package_folders) for folder in folders]
    os.stat(inside(os.__file__))


def _moved(path: str, package_folders: set[str]) -> str:
    """Return the path in the jail of a folder on the import path."""
    for folder in package_folders:
        if path == folder or path.startswith(folder + "/"):
            return PACKAGES + path.removeprefix(folder)
    return inside(path)


def _bind_system(libraries_alone: bool) -> None:
    prefix = sys.base_prefix
    interpreter = [os.path.join(prefix, "lib"), os.path.join(prefix, "bin"), os.path.dirname(os.__file__)]
    paths = [*SYSTEM, *interpreter]
    if libraries_alone:
        paths = [*LIBRARIES, f"/usr/lib/{getattr(sys.implementation, '_multiarch', 'none')}", interpreter[-1]]
    bound: list[str] = []
    for path in paths:
        target = inside(path)
        real = os.path.realpath(OLD + path)
        if not os.path.isdir(real) or any(target == done or target.startswith(done + "/") for done in bound):
            continue
        _bind(path, target)
        bound.append(target)
    for path in LINKED:
        if os.path.islink(OLD + path):
            os.symlink(os.readlink(OLD + path), path)
        elif os.path.isdir(OLD + path):
            _bind(path, path)
            bound.append(path)
    for top in bound:
        for pattern in ("site-packages", "dist-packages", "*/site-packages", "*/dist-packages"):
            for folder in glob.glob(f"{top}/{pattern}"):
                if os.path.isdir(folder) and not os.path.islink(folder):
                    kernel.mount("/empty", folder, None, kernel.MS_BIND)


def _devices() -> None:
    for name in DEVICES:
        _bind(f"/dev/{name}", f"/dev/{name}")
    os.symlink("/proc/self/fd", "/dev/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"/dev/{name}")
    os.symlink(SCRATCH + "/.shm", "/dev/shm")  # noqa: S108 - the jail's own


def _texts() -> None:
    for path in COPIED:
        if os.path.isfile(OLD + path):
            with open(OLD + path, "rb") as original, open(path, "wb") as copy:
                copy.write(original.read())
    for path, text in WRITTEN.items():
        with open(path, "w", encoding="ascii") as file:
            file.write(text)


def _bind(source: str, target: str) -> None:
    """Bind a file or folder of the host, making the mount point and its parents where they are not there already."""
    if os.path.isdir(OLD + source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="ascii"):
            pass
    kernel.mount(OLD + source, target, None, kernel.MS_BIND | kernel.MS_REC)


def _mount_points() -> list[str]:
    """Return every mount point except /proc, which is needed until it is replaced."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        points = {line.split(" ")[4].encode().decode("unicode_escape") for line in file}
    return [point for point in points if not (point + "/").startswith("/proc/")]
