//! `ListQueues`: asked of every partition, merged in the order of names.

use super::{Error, Query, QueueKey, Reply, State};
use crate::Work;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{AccountId, Caller, Region};
use std::ops::Bound;
use tidemill_aws::generated::sqs::{ListQueuesInput, ListQueuesOutput};
use tidemill_kernel as kernel;

const RESULTS_MAX: usize = 1000;

#[derive(Clone, Debug, PartialEq)]
pub struct ListQueues {
    pub account: AccountId,
    pub region: Region,
    pub prefix: String,
    pub page: Page,
}

/// One page of a list of names.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The last name of the page before.
    pub after: Option<String>,
    pub limit: usize,
    /// Without `MaxResults` AWS answers with at most 1,000 queues and no token.
    pub has_token: bool,
}

impl Page {
    pub(super) fn decode(results: Option<i32>, token: Option<&str>) -> Result<Page, Error> {
        let limit = match results {
            None => RESULTS_MAX,
            Some(count) => usize::try_from(count)
                .ok()
                .filter(|count| (1..=RESULTS_MAX).contains(count))
                .ok_or_else(|| Error::InvalidParameterValue {
                    parameter: "MaxResults",
                    value: count.to_string(),
                    reason: "Must be between 1 and 1000, if provided.".to_owned(),
                })?,
        };
        let after = token.filter(|token| !token.is_empty()).map(decode_token).transpose()?;
        Ok(Page { after, limit, has_token: results.is_some() })
    }

    /// Cuts a sorted list, one longer than the page when there is more, to the page.
    pub(super) fn cut(&self, mut keys: Vec<QueueKey>) -> Reply {
        let has_more = keys.len() > self.limit;
        keys.truncate(self.limit);
        let last = keys.last().map(|key| key.name.clone());
        Reply::Queues(keys, last.filter(|_| has_more && self.has_token))
    }
}

fn decode_token(token: &str) -> Result<String, Error> {
    let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| Error::InvalidParameterValue {
        parameter: "NextToken",
        value: token.to_owned(),
        reason: "Invalid or expired next token.".to_owned(),
    })
}

pub(super) fn encode_token(name: &str) -> String {
    URL_SAFE_NO_PAD.encode(name)
}

pub(super) fn decode(input: ListQueuesInput, caller: &Caller) -> Result<Work, Error> {
    let ListQueuesInput { max_results, next_token, queue_name_prefix } = input;
    let query = ListQueues {
        account: caller.account,
        region: caller.region.clone(),
        prefix: queue_name_prefix.unwrap_or_default(),
        page: Page::decode(max_results, next_token.as_deref())?,
    };
    Ok(Work::QueryAll(crate::Query::Sqs(Query::ListQueues(query))))
}

pub(super) fn read(state: &State, query: &ListQueues) -> Reply {
    let key = |name: &str| QueueKey {
        account: query.account,
        region: query.region.clone(),
        name: name.to_owned(),
    };
    let prefix = key(&query.prefix);
    let after = query.page.after.as_deref().map(key).filter(|after| *after >= prefix);
    let from = after.as_ref().map_or(Bound::Included(&prefix), Bound::Excluded);
    let keys = state
        .keys_from(from)
        .take_while(|key| {
            key.account == query.account
                && key.region == query.region
                && key.name.starts_with(&query.prefix)
        })
        .take(query.page.limit + 1)
        .cloned()
        .collect();
    Reply::Queues(keys, None)
}

pub(super) fn merge(query: &ListQueues, replies: Vec<Reply>) -> Reply {
    let mut keys: Vec<QueueKey> = replies
        .into_iter()
        .flat_map(|reply| {
            let Reply::Queues(keys, _) = reply else { super::mismatch("ListQueues", &reply) };
            keys
        })
        .collect();
    keys.sort();
    query.page.cut(keys)
}

pub(super) fn encode(reply: Reply, caller: &Caller) -> ListQueuesOutput {
    let Reply::Queues(keys, next) = reply else { super::mismatch("ListQueues", &reply) };
    let urls: Vec<String> = keys.iter().map(|key| key.url(caller)).collect();
    ListQueuesOutput {
        next_token: next.as_deref().map(encode_token),
        queue_urls: (!urls.is_empty()).then_some(urls),
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;

    #[test]
    fn queues_are_listed_by_prefix_and_page() {
        check(
            r#"
            @0 create b
            @0 create a-2
            @0 create a-1
            @0 create a-3
            @0 call ListQueues {}
            @0 call ListQueues {"QueueNamePrefix":"a-"}
            @0 call ListQueues {"QueueNamePrefix":"a-","MaxResults":2}
            @0 call ListQueues {"QueueNamePrefix":"a-","MaxResults":2,"NextToken":"YS0y"}
            @0 call ListQueues {"QueueNamePrefix":"c"}
            @0 call ListQueues {"MaxResults":1001}
            @0 call ListQueues {"NextToken":"%"}
            "#,
            expect![[r#"
                @0 create b                                      -> created
                @0 create a-2                                    -> created
                @0 create a-1                                    -> created
                @0 create a-3                                    -> created
                @0 call ListQueues {}                            -> {"QueueUrls":["http://localhost:4566/000000000000/a-1","http://localhost:4566/000000000000/a-2","http://localhost:4566/000000000000/a-3","http://localhost:4566/000000000000/b"]}
                @0 call ListQueues {"QueueNamePrefix":"a-"}      -> {"QueueUrls":["http://localhost:4566/000000000000/a-1","http://localhost:4566/000000000000/a-2","http://localhost:4566/000000000000/a-3"]}
                @0 call ListQueues {"QueueNamePrefix":"a-","MaxResults":2} -> {"NextToken":"YS0y","QueueUrls":["http://localhost:4566/000000000000/a-1","http://localhost:4566/000000000000/a-2"]}
                @0 call ListQueues {"QueueNamePrefix":"a-","MaxResults":2,"NextToken":"YS0y"} -> {"QueueUrls":["http://localhost:4566/000000000000/a-3"]}
                @0 call ListQueues {"QueueNamePrefix":"c"}       -> done
                @0 call ListQueues {"MaxResults":1001}           -> 400 InvalidParameterValue: Value 1001 for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.
                @0 call ListQueues {"NextToken":"%"}             -> {"QueueUrls":["http://localhost:4566/000000000000/a-1","http://localhost:4566/000000000000/a-2","http://localhost:4566/000000000000/a-3","http://localhost:4566/000000000000/b"]}
            "#]],
        );
    }
}
