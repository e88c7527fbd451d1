"""Whatever people's Markdown can say goes through a Word file and comes home with every word."""

from hashlib import sha256

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docgen.digest import slot_text
from docgen.markdown import parse_prose
from docgen.merging.echo import echo
from docgen.reading import to_markdown
from docgen.tree import Block, Slot
from tests.docgen.reading.test_markdown_round_trip import BLOCKS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BLOCKS, max_size=4).map(tuple))
def test_a_text_reads_back_with_its_digest_and_what_comes_home_stays_as_it_is(blocks: tuple[Block, ...]) -> None:
    text = to_markdown(blocks)
    words = slot_text(Slot("s", "human", parse_prose(text)))

    slot = echo({"s": text})["s"]

    assert slot.digest == sha256((words if words.strip() else "").encode()).hexdigest()
    assert [problem for problem in slot.problems if not problem.lost] == []
    home = to_markdown(slot.blocks)
    assert to_markdown(echo({"s": home})["s"].blocks) == home
