"""Proofs inside activities, held to the published example of the cryptosuite's FEP."""

from datetime import UTC, datetime
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric import ed25519

from microfed import keys
from microfed.outbound.proofs import hash_of, is_proven, proof_in, prove

KEY_ID = "https://server.example/users/alice#ed25519-key"
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/data-integrity/v2",
]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
VALUE = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)


def _private() -> str:
    raw = base58.b58decode(SECRET[1:])[2:]
    return keys.private_pem(ed25519.Ed25519PrivateKey.from_private_bytes(raw))


def test_the_example_comes_out_to_the_letter() -> None:
    proven = prove(DOCUMENT, key_id=KEY_ID, private_pem=_private(), created=CREATED)

    assert proven["proof"]["proofValue"] == VALUE
    options = {name: value for name, value in proven["proof"].items() if name != "proofValue"}
    assert hash_of(DOCUMENT, options).hex() == (
        "cf63e2308ce7d1137667192c5c5e751ba7b1c6e3d5e746a7b717d309654ad198"
        "0793e8d97e2de4b989b2b2d7a5fae8cf941f102a03c0ecab00f03eaa2330c650"
    )


def test_the_example_is_believed_and_nothing_else() -> None:
    proven = prove(DOCUMENT, key_id=KEY_ID, private_pem=_private(), created=CREATED)
    proof = proof_in(proven)
    assert proof is not None

    assert is_proven(proven, proof, PUBLIC)
    assert is_proven({**proven, "signature": {"type": "RsaSignature2017"}}, proof, PUBLIC)
    assert not is_proven({**proven, "actor": "https://server.example/users/bob"}, proof, PUBLIC)
    assert not is_proven({**proven, "to": ["https://server.example/x"]}, proof, PUBLIC)
    assert not is_proven(proven, {**proof, "created": "2023-02-24T23:36:39Z"}, PUBLIC)
    assert not is_proven(proven, {**proof, "proofValue": "z"}, PUBLIC)
    assert not is_proven(proven, {**proof, "proofValue": VALUE[1:]}, PUBLIC)
    assert not is_proven(proven, {**proof, "@context": CONTEXT[::-1]}, PUBLIC)
    assert not is_proven(proven, proof, keys.generate_ed25519()[1])
    assert not is_proven(proven, proof, keys.generate_rsa()[1])


def test_what_says_nothing_of_our_numbers_is_no_proof() -> None:
    assert proof_in({**DOCUMENT, "proof": {"type": "RsaSignature2017"}}) is None
    assert proof_in({**DOCUMENT, "proof": "https://server.example/proof"}) is None
    assert proof_in(DOCUMENT) is None


def test_a_number_that_no_reader_agrees_on_is_not_proven() -> None:
    proven = prove(DOCUMENT, key_id=KEY_ID, private_pem=_private(), created=CREATED)

    assert not is_proven({**proven, "size": 2**60}, proven["proof"], PUBLIC)
