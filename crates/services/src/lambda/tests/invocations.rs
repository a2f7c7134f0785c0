//! The life of an asynchronous invocation, from its acceptance to its end.

use super::*;

#[test]
fn an_invocation_that_keeps_failing_is_tried_three_times_and_dropped_with_a_count() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(10, invoke("resize", 1));
    writeln!(core.transcript, "running {:?}", core.state.running(&core.rows)).unwrap();
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.apply(11, done(1, 1, failed()));
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.tick(70);
    core.tick(71);
    core.apply(72, done(1, 1, Completion::Succeeded));
    core.apply(73, done(1, 2, failed()));
    core.tick(193);
    core.apply(194, done(1, 3, failed()));
    core.apply(195, done(1, 3, failed()));
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @10 Accepted
            ! invoke resize 01010101 attempt 1
        running [(arn:aws:lambda:us-east-1:000000000000:function:resize, 01010101-0101-0101-0101-010101010101, 1)]
        ? attempt Some(("resize", b"{}"))
        @11 Nothing
        ? attempt None
        @70 tick
        @71 tick
            ! invoke resize 01010101 attempt 2
        @72 Nothing
        @73 Nothing
        @193 tick
            ! invoke resize 01010101 attempt 3
        @194 Nothing
        @195 Nothing
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 1 })
        next due None
    "#]]);
}

#[test]
fn a_throttled_invocation_backs_off_until_it_is_six_hours_old() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(0, invoke("resize", 1));
    let mut now = 0;
    let mut attempt = 1;
    let mut waits = Vec::new();
    loop {
        core.apply(now, done(1, attempt, throttled()));
        let Some(due) = core.state.next_due() else { break };
        waits.push(due.seconds() - now);
        now = due.seconds();
        core.tick(now);
        attempt += 1;
    }
    assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    assert!(waits[10..].iter().all(|wait| *wait == 300));
    assert!(now <= 6 * 3600 && now > 6 * 3600 - 300, "{now}");
    core.transcript.clear();
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 1 })
        next due None
    "#]]);
}

#[test]
fn an_error_of_the_function_starts_the_back_off_anew() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(0, invoke("resize", 1));
    core.apply(0, done(1, 1, throttled()));
    core.tick(1);
    core.apply(1, done(1, 2, failed()));
    core.tick(61);
    core.apply(61, done(1, 3, throttled()));
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @0 Accepted
            ! invoke resize 01010101 attempt 1
        @0 Nothing
        @1 tick
            ! invoke resize 01010101 attempt 2
        @1 Nothing
        @61 tick
            ! invoke resize 01010101 attempt 3
        @61 Nothing
        next due Some(@62000)
    "#]]);
}

#[test]
fn an_accepted_invocation_is_accepted_once() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(1, invoke("resize", 1));
    core.apply(1, invoke("resize", 1));
    core.apply(2, done(1, 1, Completion::Succeeded));
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Accepted
            ! invoke resize 01010101 attempt 1
        @1 Accepted
        @2 Nothing
        next due None
    "#]]);
}

#[test]
fn an_invocation_meant_for_a_deleted_function_never_reaches_its_successor() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.apply(1, invoke("resize", 1));
    core.apply(1, invoke("resize", 2));
    core.apply(2, done(2, 1, failed()));
    core.apply(3, Command::DeleteFunction(id("resize")));
    core.apply(4, create("resize"));
    core.read(Query::Attempt { invocation: Uuid([1; 16]), attempt: 1 }).unwrap();
    core.apply(5, done(1, 1, Completion::FunctionGone));
    core.tick(100);
    core.read(Query::Counts).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
        @1 Accepted
            ! invoke resize 01010101 attempt 1
        @1 Accepted
            ! invoke resize 02020202 attempt 1
        @2 Nothing
        @3 Nothing
        @4 resize 01010101…(100 B) revision af0f057d
        ? attempt None
        @5 Nothing
        @100 tick
        ? Counts(Counts { functions: 1, mappings: 0, invocations_pending: 0, invocations_dropped: 2 })
        next due None
    "#]]);
}

#[test]
fn events_of_a_bucket_become_invocations_with_ids_of_their_own() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    core.deliver(1, id("resize").arn(), b"{\"Records\":[]}");
    core.deliver(1, id("resize").arn(), b"{\"Records\":[]}");
    core.deliver(2, id("other").arn(), b"{}");
    let running = core.state.running(&core.rows);
    assert_eq!(running.len(), 2);
    core.read(Query::Attempt { invocation: running[0].1, attempt: 1 }).unwrap();
    core.shows(&expect![[r#"
        @0 resize 01010101…(100 B) revision 5c1d6c64
            ! invoke resize d1717b08 attempt 1
        @1 delivered: Ok(())
            ! invoke resize 29e51a5c attempt 1
        @1 delivered: Ok(())
        @2 delivered: Err("Function not found: arn:aws:lambda:us-east-1:000000000000:function:other")
        ? attempt Some(("resize", b"{\"Records\":[]}"))
        next due None
    "#]]);
}

#[test]
fn more_retries_than_one_tick_takes_are_due_at_once_again() {
    let mut core = Core::new();
    core.apply(0, create("resize"));
    for number in 0..300_u16 {
        let invocation = Uuid(u128::from(number).to_be_bytes());
        let payload = Bytes::from_static(b"{}");
        core.apply(0, Command::InvokeAsync { function: id("resize"), invocation, payload });
        core.apply(1, Command::InvocationDone { invocation, attempt: 1, completion: failed() });
    }
    core.tick(61);
    assert_eq!(core.state.next_due(), Some(Timestamp(61_000)));
    assert_eq!(core.state.due.len(), 300 - 256);
    core.tick(61);
    assert_eq!(core.state.next_due(), None);
}

/// A step of a random life: what is done, to which function or invocation.
fn step(core: &mut Core, now: u64, action: u8, number: u8, attempt: u32) {
    let name = if number.is_multiple_of(2) { "even" } else { "odd" };
    let command = match action {
        0 => create(name),
        1 => Command::DeleteFunction(id(name)),
        2 | 3 => invoke(name, number),
        4 => done(number, attempt, Completion::Succeeded),
        5 => done(number, attempt, failed()),
        6 => done(number, attempt, throttled()),
        7 => done(number, attempt, Completion::FunctionGone),
        8 => return core.deliver(now, id(name).arn(), b"{}"),
        _ => return core.tick(now),
    };
    core.apply(now, command);
}

proptest::proptest! {
    /// Whatever comes in whatever order: the indexes are made of the rows (see [`Core::turn`]),
    /// and once every attempt is answered and its time has come, nothing is left over.
    #[test]
    fn every_accepted_invocation_ends(
        steps in proptest::collection::vec((0..10_u8, 0..6_u8, 1..4_u32, 0..90_u64), 0..60),
    ) {
        let mut core = Core::new();
        let mut now = 0;
        for (action, number, attempt, wait) in steps {
            now += wait;
            step(&mut core, now, action, number, attempt);
        }
        for _ in 0..8 {
            for (_, invocation, attempt) in core.state.running(&core.rows) {
                let completion = failed();
                core.apply(now, Command::InvocationDone { invocation, attempt, completion });
            }
            now += 1000;
            core.tick(now);
        }
        proptest::prop_assert!(core.state.running(&core.rows).is_empty());
        proptest::prop_assert_eq!(core.state.next_due(), None);
        let left = |table| core.rows.iter().filter(|(row, ..)| *row == table).count();
        proptest::prop_assert_eq!((left(state::INVOCATIONS), left(state::PAYLOADS)), (0, 0));
    }
}
