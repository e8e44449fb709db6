import inspect

import pytest

from core import vocabulary
from core.lexicon import load_lexicon

WORDS = [
    kind
    for _, kind in inspect.getmembers(vocabulary, inspect.isclass)
    if issubclass(kind, vocabulary.Word) and kind is not vocabulary.Word
]


@pytest.mark.parametrize("kind", WORDS, ids=lambda kind: kind.__name__)
def test_every_word_has_a_code_and_a_label(kind: type[vocabulary.Word]) -> None:
    assert len(kind) > 1
    for word in kind:
        assert kind(word.value) is word
        assert word.label
        assert str(word) == word.value


def test_the_lexicon_has_no_monitoring_words_for_social_security() -> None:
    lexicon = load_lexicon()

    assert "社会安全事件" not in lexicon.incident_names.values()
    assert not {"上访", "维权", "罢工", "游行", "集会"} & set(lexicon.user_words())
