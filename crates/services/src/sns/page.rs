//! Pages of topics and subscriptions: where one ended, and what a caller sees of it.

use super::Error;
use super::model::TopicKey;
use super::state::State;
use super::topic::Topic;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{AccountId, Caller, Region, Uuid};
use std::ops::Bound;
use tidemill_kernel as kernel;

/// What a page came after: a topic, or a subscription of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct After {
    topic: String,
    subscription: Option<Uuid>,
}

/// Whose topics, and after which.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub account: AccountId,
    pub region: Region,
    pub after: Option<After>,
}

impl Place {
    pub(super) fn of(caller: &Caller) -> Place {
        Place { account: caller.account, region: caller.region.clone(), after: None }
    }

    /// The caller's topics from the page's beginning on, the one it came after among them.
    pub(super) fn topics<'a>(&self, state: &'a State) -> impl Iterator<Item = &'a Topic> + use<'a> {
        let name = self.after.as_ref().map(|after| after.topic.clone()).unwrap_or_default();
        let from = TopicKey { account: self.account, region: self.region.clone(), name };
        let topics = state.topics_from(Bound::Included(&from));
        topics.take_while(move |topic| {
            (topic.key().account, &topic.key().region) == (from.account, &from.region)
        })
    }

    /// Whether a topic was on an earlier page.
    pub(super) fn is_before(&self, topic: &str) -> bool {
        self.after.as_ref().is_some_and(|after| topic <= after.topic.as_str())
    }

    /// From which subscription of a topic the page goes on.
    pub(super) fn subscription_after(&self, topic: &str) -> Bound<Uuid> {
        match &self.after {
            Some(After { topic: last, subscription: Some(id) }) if last == topic => {
                Bound::Excluded(*id)
            }
            Some(_) | None => Bound::Unbounded,
        }
    }
}

/// Reads a token of ours.
pub(super) fn read(token: Option<&str>) -> Result<Option<After>, Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
    let parsed = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        match text.split_once(':') {
            None => Some(After { topic: text, subscription: None }),
            Some((topic, id)) => {
                Some(After { topic: topic.to_owned(), subscription: Some(Uuid::parse(id)?) })
            }
        }
    });
    parsed.map(Some).ok_or_else(|| {
        Error::invalid(format!("NextToken Reason: Invalid or expired token: {token}"))
    })
}

pub(super) fn write(topic: &str, subscription: Option<Uuid>) -> String {
    URL_SAFE_NO_PAD.encode(match subscription {
        None => topic.to_owned(),
        Some(id) => format!("{topic}:{id}"),
    })
}
