from console.drill.scenario import load_scenario, minutes


def test_clock_of_the_story_counts_minutes_after_two_in_the_afternoon() -> None:
    story = load_scenario()

    assert minutes("10:05") == 605
    assert story.moment(605).isoformat() == "2031-06-18T00:05:00+08:00"


def test_story_has_the_handbooks_numbers() -> None:
    story = load_scenario()

    assert len(story.claims) == 10
    assert len(story.beats) == 46
    assert len(story.statements) == 22  # 21 of the office and X01
    assert len(story.ground_truth) == 15
    assert sum(sum(topic.hourly) for topic in story.topics) == 5000


def test_every_statement_comes_from_a_unit_of_the_story() -> None:
    story = load_scenario()

    assert {each.issuer for each in story.statements} <= {org.id for org in story.orgs}


def test_no_line_about_a_statement_is_open_before_it_is_out() -> None:
    story = load_scenario()
    out = {each.id: each.at for each in story.statements}

    early = [
        line.text
        for lines in story.lines.values()
        for line in lines
        if line.after and line.start < out[line.after]
    ]

    assert early == []


def test_every_promise_is_kept_and_one_is_five_minutes_late() -> None:
    story = load_scenario()
    promised = {each.id: each.next_update for each in story.statements if each.next_update}
    kept = {each.keeps: each.at for each in story.statements if each.keeps}

    late = {key: kept[key] - at for key, at in promised.items() if kept[key] != at}

    assert len(promised) == 10
    assert late == {"S02": 5}
