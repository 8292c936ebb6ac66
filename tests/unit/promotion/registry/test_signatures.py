"""A signature vouches for every file of a checkpoint, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from passgap.errors import StudyError
from passgap.promotion.registry.signatures import fault_of_signature, sign_checkpoint, signature_of


def keys(folder: Path, name: str) -> tuple[Path, Path]:
    """A new pair of keys, as OpenSSL writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    secret, public = folder / f"{name}.key", folder / f"{name}.pub"
    secret.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public.write_bytes(
        private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return secret, public


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    (folder / "inner").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "inner" / "config.json").write_text("{}")
    return folder


def test_what_was_signed_verifies_until_a_file_changes(checkpoint: Path, tmp_path: Path) -> None:
    secret, public = keys(tmp_path, "ours")
    before = {each: each.read_bytes() for each in checkpoint.rglob("*") if each.is_file()}
    assert sign_checkpoint(checkpoint, secret) == signature_of(checkpoint)
    assert {each: each.read_bytes() for each in checkpoint.rglob("*") if each.is_file()} == before
    assert fault_of_signature(checkpoint, public) is None
    attacks: list[Callable[[], object]] = [
        lambda: (checkpoint / "inner" / "config.json").write_text("{ }"),
        lambda: (checkpoint / "more.bin").write_bytes(b"x"),
        (checkpoint / "model.safetensors").unlink,
    ]
    for attack in attacks:
        attack()
        assert "does not verify" in str(fault_of_signature(checkpoint, public))
        for each, content in before.items():
            each.write_bytes(content)
        (checkpoint / "more.bin").unlink(missing_ok=True)
    assert fault_of_signature(checkpoint, public) is None


def test_another_key_and_a_missing_or_damaged_signature_do_not_verify(checkpoint: Path, tmp_path: Path) -> None:
    (secret, public), (_, stranger) = keys(tmp_path, "ours"), keys(tmp_path, "theirs")
    assert "there is no signature" in str(fault_of_signature(checkpoint, public))
    sign_checkpoint(checkpoint, secret)
    assert "does not verify" in str(fault_of_signature(checkpoint, stranger))
    assert "is not there" in str(fault_of_signature(checkpoint, tmp_path / "none.pub"))
    signature_of(checkpoint).write_text("{}")
    assert "does not verify" in str(fault_of_signature(checkpoint, public))


def test_a_key_that_is_none_is_refused_with_what_to_do(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "no.key").write_text("no key")
    with pytest.raises(StudyError) as error:
        sign_checkpoint(checkpoint, tmp_path / "no.key")
    assert "openssl ecparam" in error.value.problems[0]
