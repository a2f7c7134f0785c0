//! Messages: peeked at page by page, and searched.

use super::input::{Input, SearchInput, check_limit, parse_state};
use super::refusal::Refusal;
use super::show::{self, Detail};
use super::{Desk, mismatch};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tidemill_node::Unavailable;
use tidemill_services::sqs::{
    MessageState, PEEKED_MAX, Peek, PeekScheduled, Peeked, PeekedPage, Query, QueueKey, Record,
    Reply, Search,
};

const PEEKED_DEFAULT: usize = 20;
/// Pages of the core that one request asks for: ten thousand messages, or, where the core can
/// tell by itself that they are not wanted, four hundred thousand.
const PAGES_MAX: usize = 100;
/// Large bodies on a slow disk end a request before that.
const SCAN_MAX: Duration = Duration::from_secs(5);

/// Which messages of a queue, and from where on.
pub(super) struct Wanted {
    pub(super) queue: QueueKey,
    pub(super) from: u64,
    pub(super) states: Vec<MessageState>,
    pub(super) group: Option<String>,
}

impl Wanted {
    pub(super) async fn page(&self, desk: &Desk<'_>, from: u64) -> Result<PeekedPage, Refusal> {
        let query = Peek {
            queue: self.queue.clone(),
            from,
            states: self.states.clone(),
            group: self.group.clone(),
            limit: PEEKED_MAX,
        };
        let reply = desk.ask(&self.queue, Query::Peek(query)).await?;
        let Reply::Peeked(page) = reply else { mismatch("Peek", &reply) };
        Ok(page)
    }

    /// Hands every message to `take`, with its record, until it has enough or the request has
    /// looked at what it may. `take` runs where reading a disk holds up nobody.
    pub(super) async fn scan<T: Take>(
        &self,
        desk: &Desk<'_>,
        mut take: T,
    ) -> Result<Scanned<T>, Refusal> {
        let (mut next, mut examined) = (Some(self.from), 0);
        let started = Instant::now();
        for _ in 0..PAGES_MAX {
            let Some(from) = next.filter(|_| started.elapsed() < SCAN_MAX) else { break };
            let page = self.page(desk, from).await?;
            let after_page = page.next;
            let (taken, looked_at, ended_before) = reading_bodies(move || {
                let mut looked_at = 0;
                for message in &page.messages {
                    looked_at += 1;
                    let record = Record::decode(&message.body.read());
                    if take.take(message, &record) == Enough::Yes {
                        return (take, looked_at, Some(message.position + 1));
                    }
                }
                (take, looked_at, None)
            })
            .await?;
            take = taken;
            examined += looked_at;
            if ended_before.is_some() {
                // There may be nothing there; asking is what finds out.
                return Ok(Scanned { take, examined, next: ended_before });
            }
            next = after_page;
        }
        Ok(Scanned { take, examined, next })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Enough {
    Yes,
    No,
}

/// What looks at the messages of a scan.
pub(super) trait Take: Send + 'static {
    fn take(&mut self, message: &Peeked, record: &Record) -> Enough;
}

pub(super) struct Scanned<T> {
    pub(super) take: T,
    pub(super) examined: u64,
    /// Where to go on, when there was more to look at.
    pub(super) next: Option<u64>,
}

/// Keeps what a condition lets through, as JSON.
pub(super) struct Keep<C> {
    condition: C,
    limit: usize,
    kept: Vec<Value>,
}

impl<C> Keep<C> {
    pub(super) fn new(limit: usize, condition: C) -> Keep<C> {
        Keep { condition, limit, kept: Vec::new() }
    }
}

impl<C: FnMut(&Peeked, &Record) -> bool + Send + 'static> Take for Keep<C> {
    fn take(&mut self, message: &Peeked, record: &Record) -> Enough {
        if (self.condition)(message, record) {
            self.kept.push(show::message(message, record, Detail::Cut));
        }
        if self.kept.len() >= self.limit { Enough::Yes } else { Enough::No }
    }
}

impl<C> Scanned<Keep<C>> {
    pub(super) fn into_json(self) -> Value {
        json!({ "messages": self.take.kept, "examined": self.examined, "next": self.next })
    }
}

async fn find(
    desk: &Desk<'_>,
    wanted: Wanted,
    search: Search,
    limit: usize,
) -> Result<Value, Refusal> {
    let keep =
        Keep::new(limit, move |message: &Peeked, record: &Record| search.matches(message, record));
    Ok(wanted.scan(desk, keep).await?.into_json())
}

pub(super) async fn peek(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let wanted = Wanted {
        queue: desk.queue(input.capture(0)),
        from: input.position()?,
        states: input.all("state").map(parse_state).collect::<Result<_, _>>()?,
        group: input.text("group").map(str::to_owned),
    };
    let limit = input.limit(PEEKED_DEFAULT, PEEKED_MAX)?;
    find(desk, wanted, input.search()?, limit).await
}

pub(super) async fn search(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let asked: SearchInput = input.json()?;
    let limit = match asked.limit {
        None => PEEKED_DEFAULT,
        Some(limit) => check_limit(Some(limit), &limit.to_string(), PEEKED_MAX)?,
    };
    let wanted = Wanted {
        queue: desk.queue(input.capture(0)),
        from: asked.from.unwrap_or_default(),
        states: asked.states()?,
        group: asked.group.clone(),
    };
    find(desk, wanted, asked.into_search()?, limit).await
}

/// The position that a path names.
pub(super) fn position(input: &Input) -> Result<u64, Refusal> {
    let text = input.capture(1);
    let rule = "a position is a whole number";
    text.parse().map_err(|_| Refusal::invalid_parameter("position", text, rule))
}

/// The message at a position.
pub(super) async fn at(
    desk: &Desk<'_>,
    queue: &QueueKey,
    position: u64,
) -> Result<Peeked, Refusal> {
    let query =
        Peek { queue: queue.clone(), from: position, states: Vec::new(), group: None, limit: 1 };
    let reply = desk.ask(queue, Query::Peek(query)).await?;
    let Reply::Peeked(page) = reply else { mismatch("Peek", &reply) };
    let found = page.messages.into_iter().find(|message| message.position == position);
    found.ok_or_else(|| Refusal::message_not_found(position))
}

pub(super) async fn show(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let message = at(desk, &desk.queue(input.capture(0)), position(input)?).await?;
    reading_bodies(move || {
        let record = Record::decode(&message.body.read());
        show::message(&message, &record, Detail::Whole)
    })
    .await
}

/// Runs what may wait for a disk where that holds up nobody.
pub(super) async fn reading_bodies<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(read).await {
        Ok(done) => Ok(done),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that is ending gives up what it was asked to run.
            Err(_) => Err(Unavailable::Stopping.into()),
        },
    }
}

pub(super) async fn scheduled(desk: &Desk<'_>, input: &Input) -> Result<Value, Refusal> {
    let after = input.text("after").map(|text| {
        let rule = "it must be the `next` of the page before";
        BASE64.decode(text).map_err(|_| Refusal::invalid_parameter("after", text, rule))
    });
    let queue = desk.queue(input.capture(0));
    let limit = input.limit(PEEKED_DEFAULT, PEEKED_MAX)?;
    let query = PeekScheduled { queue: queue.clone(), after: after.transpose()?, limit };
    let reply = desk.ask(&queue, Query::PeekScheduled(query)).await?;
    let Reply::PeekedScheduled(messages, next) = reply else { mismatch("PeekScheduled", &reply) };
    let messages: Vec<Value> = messages.iter().map(show::scheduled).collect();
    Ok(json!({ "messages": messages, "next": next.map(|key| BASE64.encode(key)) }))
}
