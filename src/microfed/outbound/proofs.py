"""Proofs inside activities: who said this, whoever brings it (FEP-8b32, eddsa-jcs-2022).

A signed request proves only who carried it. What is forwarded, by a group or by the server of
whoever was answered, carries a proof by its author, or is read again where it lives.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import base58
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ed25519

from microfed.errors import Invalid
from microfed.keys import is_signed_by, load_private, load_public, sign
from microfed.vocab.reading import as_list
from microfed.vocab.terms import DATA_INTEGRITY

_SUITE = "eddsa-jcs-2022"


def prove(
    document: Mapping[str, Any], *, key_id: str, private_pem: str, created: datetime
) -> dict[str, Any]:
    """Return `document` with a proof by one of our Ed25519 keys."""
    context = as_list(document.get("@context"))
    if DATA_INTEGRITY not in context:
        context = [*context[:1], DATA_INTEGRITY, *context[1:]]
    said = {**document, "@context": context}
    said.pop("proof", None)
    proof = {
        "@context": context,
        "type": "DataIntegrityProof",
        "cryptosuite": _SUITE,
        "verificationMethod": key_id,
        "proofPurpose": "assertionMethod",
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    signature = sign(load_private(private_pem), hash_of(said, proof))
    return {**said, "proof": {**proof, "proofValue": f"z{base58.b58encode(signature).decode()}"}}


def proof_in(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the proof in a document, if it is of the kind we can check."""
    for proof in as_list(document.get("proof")):
        if (
            isinstance(proof, Mapping)
            and proof.get("type") == "DataIntegrityProof"
            and proof.get("cryptosuite") == _SUITE
            and proof.get("proofPurpose") == "assertionMethod"
            and isinstance(proof.get("verificationMethod"), str)
            and isinstance(proof.get("proofValue"), str)
        ):
            return dict(proof)
    return None


def is_proven(document: Mapping[str, Any], proof: Mapping[str, Any], public: str) -> bool:
    """Say whether the multibase key `public` made `proof` for all the rest of `document`."""
    value = str(proof["proofValue"])
    context = proof.get("@context")
    whole = as_list(document.get("@context"))
    if context is not None and as_list(context) != whole[: len(as_list(context))]:
        return False
    try:
        key = load_public(public)
        signature = base58.b58decode(value[1:]) if value.startswith("z") else b""
        options = {name: proof[name] for name in proof if name != "proofValue"}
        said = {name: document[name] for name in document if name not in ("proof", "signature")}
        hashed = hash_of(said, options)
    except (ValueError, Invalid, rfc8785.CanonicalizationError):
        return False
    return isinstance(key, ed25519.Ed25519PublicKey) and is_signed_by(key, signature, hashed)


def hash_of(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes that are signed: of the proof's options, then of the document."""
    return (
        sha256(rfc8785.dumps(dict(options))).digest()
        + sha256(rfc8785.dumps(dict(document))).digest()
    )
