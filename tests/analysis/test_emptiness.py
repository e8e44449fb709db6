import pytest

from analysis.emptiness import says_nothing


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("", True),
        ("。！？", True),
        ("@用户 @用户", True),
        ("@用户@用户：@用户", True),
        ("转发微博", True),
        ("//@用户:转发微博", True),
        ("回复@用户:哦", True),
        ("Repost", True),
        ("[怒][怒][怒]", True),
        ("😂", True),
        ("👨‍👩‍👧‍👦", True),
        ("[链接]", True),
        ("https://a.example/b 分享图片", True),
        ("好的", True),
        ("哈哈哈哈哈哈", True),
        ("6" * 20_000, True),
        ("@用户 " * 4_000, True),
        ("停水", False),
        ("垮坝！", False),
        ("求证", False),
        ("停水停水停水", False),
        ("停水了", False),
        ("@用户 快来看，水库放水了", False),
        ("[怒]没人管", False),
        ("//@用户:真的假的", False),
        ("死3人", False),
    ],
)
def test_what_is_left_without_names_and_signs_decides(text: str, *, nothing: bool) -> None:
    assert says_nothing(text) is nothing
