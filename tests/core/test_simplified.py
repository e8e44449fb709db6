import pytest

from core.simplified import simplified


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("城東停水了嗎?甚麼時候恢復", "城东停水了吗?甚么时候恢复"),
        ("聽說大壩裂縫，請問屬實嗎", "听说大坝裂缝，请问属实吗"),
        ("后里村的里长说还没通知", "后里村的里长说还没通知"),
        ("乾隆桥和瞭望塔都封了", "乾隆桥和瞭望塔都封了"),
        ("Bus 12 stopped", "Bus 12 stopped"),
        ("", ""),
    ],
)
def test_traditional_texts_become_simplified_and_simplified_ones_stay(written, simple):
    assert simplified(written) == simple
