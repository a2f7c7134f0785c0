"""The kill loop's book of receive counts must find what it is there to find."""

from ledger import ReceiveLedger


def book(*events, receives_max=None):
    """A ledger told of receives: `(count, is_dead)` that came, or None for an answer that did not."""
    ledger = ReceiveLedger(receives_max)
    ledger.sending("a")
    for event in events:
        ticket = ledger.asking()
        if event is None:
            ledger.unknown(ticket)
        else:
            count, is_dead = event
            ledger.arrived(ticket, [("a", count, "id")], is_dead)
    return ledger, ledger.close()


def test_counts_without_a_gap_are_exact():
    ledger, found = book((1, False), (2, False), (3, False))
    assert found == (1, 0) and not ledger.broken


def test_a_gap_is_explained_by_as_many_lost_answers_and_no_fewer():
    ledger, found = book((1, False), None, (3, False))
    assert found == (0, 1) and not ledger.broken
    for events in [
        ((1, False), None, (4, False)),
        (None, (1, False), (3, False)),
        ((2, False),),
    ]:
        ledger, _ = book(*events)
        assert len(ledger.broken) == 1 and "had no answer" in ledger.broken[0], events


def test_a_count_comes_once():
    ledger, _ = book((1, False), None, (1, False))
    assert ledger.broken == ["a came twice as its receive 1"]


def test_a_message_is_dead_exactly_when_its_receives_are_used_up():
    ledger, found = book((1, False), (2, False), (3, True), (4, True), receives_max=2)
    assert found == (1, 0) and not ledger.broken and ledger.dead() == 1
    ledger, _ = book((1, False), (2, True), receives_max=2)
    assert ledger.broken == ["a is among the dead letters at its receive 2"]
    ledger, _ = book((1, False), (2, False), (3, False), receives_max=2)
    assert ledger.broken == ["a is in its queue at its receive 3"]
    ledger, _ = book((1, False), (3, True), receives_max=2)
    assert "had no answer" in ledger.broken[0]
