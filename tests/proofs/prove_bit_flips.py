"""F16: every single-bit flip of the public log files of a small log is found by the verifier."""

import json
from pathlib import Path

import pytest

from core.database import reading, transaction
from release import entries as formats
from release import note, offline, store
from release.offline import VerifyStatus
from release.outlets.folder import write_site
from release.outlets.page import render_site
from tests.release import log_world as world

VKEY = note.verifier_key(world.ORIGIN, world.KEY)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The public folder of a log of three entries: key, policy and one release."""
    engine = world.build()
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session)
    with reading(engine) as session:
        entries, head = store.all_entries(session), store.last_checkpoint(session)
    engine.dispose()
    folder = tmp_path_factory.mktemp("site") / "public"
    write_site(render_site(entries, head, public_url=world.URL), folder)
    assert offline.verify(folder, vkey=VKEY).status is VerifyStatus.OK
    return folder


def log_files(site: Path) -> list[Path]:
    return sorted(path for path in (site / "log").rglob("*") if path.is_file())


def flips(content: bytes, every: int):
    for bit in range(0, len(content) * 8, every):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << (bit % 8)
        yield bytes(changed)


def test_no_flipped_bit_of_the_log_files_verifies(site, short, tell) -> None:
    tried, accepted = 0, []
    # A prime: the thinned round still meets every bit of the byte.
    every = 13 if short else 1
    for path in log_files(site):
        content = path.read_bytes()
        for number, changed in enumerate(flips(content, every)):
            path.write_bytes(changed)
            tried += 1
            if offline.verify(site, vkey=VKEY).status is VerifyStatus.OK:
                accepted.append((path.name, number * every))
        path.write_bytes(content)
    bits = sum(path.stat().st_size for path in log_files(site)) * 8
    tell(f"bit flips of the public log files: tried {tried} of {bits}, accepted {len(accepted)}")
    assert accepted == []
    assert tried >= bits // every
    assert bits > 20_000
    assert offline.verify(site, vkey=VKEY).status is VerifyStatus.OK


def test_no_flipped_bit_or_cut_of_a_proof_is_accepted(site, tell) -> None:
    lines = (site / "log/entries/000000.jsonl").read_bytes()[:-1].split(b"\n")
    tried = accepted = 0
    for index, leaf in enumerate(lines):
        content = (site / f"log/proof/{index}.tlog-proof").read_bytes()
        cut = [content[:length] for length in range(len(content))]
        for changed in [*flips(content, 1), *cut]:
            tried += 1
            accepted += _holds(changed, leaf)
        assert _holds(content, leaf)
    tell(f"bit flips and cuts of proofs: tried {tried}, accepted {accepted}")
    assert accepted == 0
    assert tried >= 5_000


def _holds(proof: bytes, leaf: bytes) -> bool:
    try:
        note.verify_proof(proof.decode(), leaf, world.ORIGIN, [VKEY])
    except ValueError:
        return False
    return True


def test_control_readers_who_look_at_less_accept_flips(site, tell) -> None:
    release = (site / "log/entries/000000.jsonl").read_bytes()[:-1].split(b"\n")[-1]
    forgiven = strict = 0
    for changed in flips(release, 5):
        forgiven += _reads(json.loads, changed)
        strict += _reads(formats.read_body, changed)
    tell(
        f"control, flips of an entry accepted by JSON alone {forgiven}, by its strict form without "
        f"the signed head {strict}"
    )
    assert forgiven > strict > 0


def _reads(read, raw: bytes) -> bool:
    try:
        read(raw)
    except ValueError:
        return False
    return True
