"""Tables find their members in a package and among installed distributions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from passgap.registry import Named, Registry, RegistryError, UnknownMemberError

GROUP = "passgap.test_members"

MEMBER = """
class Member:
    def __init__(self, name, position=None):
        self.name = name
        if position is not None:
            self.position = position

MEMBER = Member({arguments})
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path of imports, with a package ``shelf`` that is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "__init__.py").write_text("")
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("shelf", "plugin")]:
        del sys.modules[name]


def add(place: Path, module: str, arguments: str) -> None:
    (place / "shelf" / f"{module}.py").write_text(MEMBER.format(arguments=arguments))


def install(place: Path, name: str, value: str) -> None:
    """Write what a package manager writes for a distribution with one entry point."""
    info = place / "plugin-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {value}\n")


def table() -> Registry[Named]:
    return Registry(package="shelf", attribute="MEMBER", group=GROUP, noun="part")


def test_every_module_is_a_member_but_base_and_private_ones(place: Path) -> None:
    add(place, "first", "'b'")
    add(place, "second", "'a'")
    (place / "shelf" / "base.py").write_text("raise AssertionError('not a member')")
    (place / "shelf" / "_shared.py").write_text("raise AssertionError('not a member')")
    (place / "shelf" / "helpers").mkdir()
    (place / "shelf" / "helpers" / "__init__.py").write_text("")
    assert table().names() == ("a", "b")
    assert table()["a"].name == "a"
    assert "b" in table() and "c" not in table() and len(table()) == 2


def test_members_with_a_position_come_first_in_its_order(place: Path) -> None:
    add(place, "first", "'a', 2")
    add(place, "second", "'b', 1")
    add(place, "third", "'c'")
    assert table().names() == ("b", "a", "c")


def test_nothing_is_imported_before_it_is_asked_for(place: Path) -> None:
    (place / "shelf" / "broken.py").write_text("raise ValueError('imported')")
    members = table()
    with pytest.raises(ValueError, match="imported"):
        members.names()


def test_a_module_without_its_constant_is_an_error(place: Path) -> None:
    (place / "shelf" / "misspelt.py").write_text("MEMBRE = 1")
    with pytest.raises(RegistryError, match=r"shelf\.misspelt defines no part"):
        table().names()


def test_an_unknown_name_is_refused_with_the_known_ones(place: Path) -> None:
    add(place, "first", "'a'")
    with pytest.raises(UnknownMemberError) as refused:
        table()["z"]
    assert str(refused.value) == "there is no part named `z`\n  - Known names: a."
    assert table().get("z") is None


def test_an_installed_distribution_adds_a_member(place: Path) -> None:
    add(place, "first", "'b'")
    (place / "plugin.py").write_text(MEMBER.format(arguments="'a'"))
    install(place, "a", "plugin:MEMBER")
    assert table().names() == ("a", "b")


def test_two_members_with_one_name_are_an_error_that_names_both_places(place: Path) -> None:
    add(place, "first", "'a'")
    (place / "plugin.py").write_text(MEMBER.format(arguments="'a'"))
    install(place, "a", "plugin:MEMBER")
    with pytest.raises(RegistryError, match=r"`a` is defined in shelf\.first and in plugin:MEMBER .*plugin 1\.2"):
        table().names()


def test_a_plugin_that_cannot_be_imported_is_named(place: Path) -> None:
    (place / "plugin.py").write_text("import a_module_that_is_not_there")
    install(place, "a", "plugin:MEMBER")
    with pytest.raises(RegistryError, match=r"(?s)plugin 1\.2 cannot be loaded.*a_module_that_is_not_there"):
        table().names()


def test_a_plugin_under_another_name_than_its_own_is_refused(place: Path) -> None:
    (place / "plugin.py").write_text(MEMBER.format(arguments="'other'"))
    install(place, "a", "plugin:MEMBER")
    with pytest.raises(RegistryError, match="has another name"):
        table().names()


def test_a_table_that_is_refreshed_looks_again(place: Path) -> None:
    add(place, "first", "'a'")
    members = table()
    assert members.names() == ("a",)
    add(place, "second", "'b'")
    assert members.names() == ("a",)
    members.refresh()
    assert members.names() == ("a", "b")
