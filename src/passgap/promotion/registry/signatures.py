"""Signatures of checkpoints with a key of one's own, in the format of OpenSSF Model Signing.

The manifest of the library holds the hash of every file, and the signature covers the manifest: a Sigstore bundle
beside the checkpoint's folder. Signing is for checkpoints that travel between machines; within one, the registry's own
hashes carry as far. Source: OpenSSF Model Signing (https://github.com/sigstore/model-transparency).
"""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.lazy_imports import imported, needed_for

SUFFIX = ".sig"
REQUIREMENT = "passgap[signing]"


def signature_of(checkpoint: Path) -> Path:
    """The place of a checkpoint's signature: beside its folder, so that it changes none of the files."""
    return checkpoint.with_name(checkpoint.name + SUFFIX)


def sign_checkpoint(checkpoint: Path, key: Path) -> Path:
    """Sign the files of a checkpoint, and return the signature's path.

    Args:
        checkpoint: its folder.
        key: a private key on an elliptic curve (NIST P-256, P-384 or P-521), PEM without a password.

    Raises:
        StudyError: the library is missing, or the key cannot be used.
    """
    with needed_for("signing", REQUIREMENT, StudyError):
        config = imported("model_signing.signing:Config")
    place = signature_of(checkpoint)
    try:
        config().use_elliptic_key_signer(private_key=key).sign(checkpoint, place)
    except (OSError, ValueError, TypeError) as error:
        raise StudyError(
            f"the checkpoint cannot be signed with {key}",
            [
                f"{error}. A private key: `openssl ecparam -name prime256v1 -genkey -noout -out passgap.key`; its "
                f"public half, for `promotion.signing`: `openssl ec -in passgap.key -pubout -out passgap.pub`."
            ],
        ) from error
    return place


def fault_of_signature(checkpoint: Path, key: Path) -> str | None:
    """Why a checkpoint's signature does not vouch for its files; None where it does.

    Args:
        checkpoint: its folder.
        key: the public key that the study declares.

    Raises:
        StudyError: the library is missing.
    """
    with needed_for("`promotion.signing`", REQUIREMENT, StudyError):
        config = imported("model_signing.verifying:Config")
    place = signature_of(checkpoint)
    if not place.is_file():
        return f"there is no signature {place}"
    if not key.is_file():
        return f"the public key {key} is not there"
    try:
        config().use_elliptic_key_verifier(public_key=key).verify(checkpoint, place)
    except Exception as error:  # noqa: BLE001 - whatever cannot be verified is not verified
        said = str(error).strip().splitlines()
        return f"the signature {place} does not verify with {key}: {said[0] if said else type(error).__name__}"
    return None
