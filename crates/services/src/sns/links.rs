//! The links in what endpoints are sent: requests that carry no signature, because whoever follows
//! one has no key. What lets them through is what only the receiver of a message knows, a token or
//! a subscription's id.

use super::model::{SubscriptionKey, TopicKey};
use kernel::{AccountId, Arn, Region};
use tidemill_aws::generated::sns::{ConfirmSubscriptionInput, UnsubscribeInput};
use tidemill_aws::{HttpRequest, Input, Protocol};
use tidemill_kernel as kernel;

/// What a link asks for, and in whose name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub operation: &'static str,
    pub account: AccountId,
    pub region: Region,
}

/// The link that a request follows: a GET without a signature of any kind.
#[must_use]
pub fn link(request: &HttpRequest) -> Option<Link> {
    let is_signed = request.header("authorization").is_some()
        || request.query.split('&').any(|pair| pair.starts_with("X-Amz-"));
    if request.method.as_str() != "GET" || is_signed {
        return None;
    }
    let action = request.query.split('&').find_map(|pair| pair.strip_prefix("Action="))?;
    let (operation, topic) = match action {
        "ConfirmSubscription" => {
            let input = ConfirmSubscriptionInput::read(Protocol::Query, request).ok()?;
            ("ConfirmSubscription", TopicKey::from_arn(&Arn::parse(&input.topic_arn)?)?)
        }
        "Unsubscribe" => {
            let input = UnsubscribeInput::read(Protocol::Query, request).ok()?;
            let arn = Arn::parse(&input.subscription_arn)?;
            ("Unsubscribe", SubscriptionKey::from_arn(&arn)?.topic)
        }
        _ => return None,
    };
    Some(Link { operation, account: topic.account, region: topic.region })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn operation(method: http::Method, query: &str, headers: &[(&'static str, &str)]) -> String {
        let mut all = http::HeaderMap::new();
        for (name, value) in headers {
            all.insert(*name, value.parse().unwrap());
        }
        let request = HttpRequest {
            method,
            path: "/".to_owned(),
            query: query.to_owned(),
            headers: all,
            body: Bytes::new(),
        };
        let found = link(&request);
        found.map_or("none".to_owned(), |link| {
            format!("{} {} {}", link.operation, link.account, link.region)
        })
    }

    #[test]
    fn only_unsigned_reads_of_two_operations_are_links() {
        const ARN: &str = "arn:aws:sns:eu-west-1:000000000007:orders";
        const ID: &str = "abe6e21e-22cc-4394-9831-70f597be5f99";
        let get = || http::Method::GET;
        let confirm = format!("Action=ConfirmSubscription&TopicArn={ARN}&Token=x");
        let unsubscribe = format!("Action=Unsubscribe&SubscriptionArn={ARN}:{ID}");
        assert_eq!(operation(get(), &confirm, &[]), "ConfirmSubscription 000000000007 eu-west-1");
        assert_eq!(operation(get(), &unsubscribe, &[]), "Unsubscribe 000000000007 eu-west-1");
        let signed = [("authorization", "AWS4-HMAC-SHA256 Credential=x")];
        assert_eq!(operation(get(), &unsubscribe, &signed), "none");
        let presigned = format!("{unsubscribe}&X-Amz-Signature=00");
        assert_eq!(operation(get(), &presigned, &[]), "none");
        assert_eq!(operation(http::Method::POST, &unsubscribe, &[]), "none");
        for query in [
            "",
            "Action=Unsubscribe",
            "Action=Unsubscribe&SubscriptionArn=x",
            &format!("Action=Unsubscribe&SubscriptionArn={ARN}"),
            &format!("Action=DeleteTopic&TopicArn={ARN}"),
        ] {
            assert_eq!(operation(get(), query, &[]), "none", "{query}");
        }
    }
}
