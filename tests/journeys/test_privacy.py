"""A thousand handles go through the whole line; none may be found in folder, logs or exports."""

import json
from pathlib import Path

import pytest

from console import exporting, replaying, reporting, wiring
from core.database import reading
from tests.crawler.test_canary import COUNT, found_in, handle, handles_in

HAZARDS = ("垮坝了快跑", "停水三天", "泵站坏了没人管", "几点来电？", "求助，老人被困")


def posts_file(folder: Path) -> Path:
    """Write posts that become claims, questions and alerts, each with its own author."""
    file = folder / "posts.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(COUNT):
            name = handle(number)
            line = {
                "id": f"p{number}",
                "url": f"https://weibo.example/u/{name}/{number}",
                "published_at": f"2031-06-17T{11 + number // 250}:{number % 60:02d}:00+08:00",
                "channel": "weibo",
                "text": f"回复@{name}: 青石水库{HAZARDS[number % 5]} 第{number}次说 //@{name}:真的",
                "reply_to": f"p{number - 7}" if number > 7 else None,
                "author": name,
            }
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        # A broken line and one without text carry handles too.
        out.write(f'{{"id": "x", "author": "{handle(5)}", "text": \n')
        out.write(
            json.dumps({"id": handle(6), "author": handle(6), "text": " ", "channel": "weibo"})
        )
    return file


def test_no_handle_is_left_anywhere_after_the_whole_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = posts_file(tmp_path)
    services = wiring.prepare(tmp_path / "d")

    done = replaying.replay_file(
        services,
        file,
        step="10m",
        incident=None,
        source="x",
        progress=lambda _done, _total: None,
    )
    reporting.write_nightly(services, "2031-06-17", None)
    exports = []
    with reading(services.engine) as session:
        for name in exporting.EXPORTS:
            exports += list(exporting.as_csv(session, name, None))
            exports += list(exporting.as_json(session, name, None))
    logs = "".join(capfd.readouterr())

    assert done.posts == COUNT
    assert done.alerts > 0
    assert len(exports) > COUNT
    assert found_in(tmp_path / "d", "".join(exports) + logs) == set()
    # The control: the same search finds every handle in what went in.
    assert len(handles_in(file.read_bytes())) == COUNT
