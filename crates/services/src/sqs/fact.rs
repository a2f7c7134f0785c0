//! What a queue tells a stranger: the detail of a [`Fact`](kernel::Fact) about it.
//!
//! ```text
//! {"RedriveAllowPolicy":{"redrivePermission":"denyAll"},"VisibilityTimeout":30}
//! ```
//!
//! A JSON object under AWS's own names for the attributes, so that another service can read what
//! concerns it without knowing this one. Facts are written to the log with the command that was
//! decided by them: the first logs hold nothing but the redrive allow policy's own object, and
//! such a text must be read for ever.

use super::Error;
use super::attributes::Attributes;
use super::policy::RedriveAllowPolicy;
use serde_json::{Map, Value};

const REDRIVE_ALLOW_POLICY: &str = "RedriveAllowPolicy";
/// In seconds. An event source mapping's function must be done before it is over.
const VISIBILITY_TIMEOUT: &str = "VisibilityTimeout";
/// What every redrive allow policy has, and so every text of the first kind.
const REDRIVE_PERMISSION: &str = "redrivePermission";

pub(super) fn write(attributes: &Attributes) -> String {
    let mut told = Map::new();
    if let Some(policy) = &attributes.redrive_allow_policy {
        told.insert(REDRIVE_ALLOW_POLICY.to_owned(), policy.to_value());
    }
    told.insert(VISIBILITY_TIMEOUT.to_owned(), attributes.visibility_timeout.into());
    Value::Object(told).to_string()
}

/// The redrive allow policy in what a queue told, if it has one.
pub(super) fn redrive_allow_policy(told: &str) -> Result<Option<RedriveAllowPolicy>, Error> {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(told) else { return Ok(None) };
    if fields.contains_key(REDRIVE_PERMISSION) {
        return RedriveAllowPolicy::parse(told).map(Some);
    }
    let policy = fields.remove(REDRIVE_ALLOW_POLICY);
    policy.map(|policy| RedriveAllowPolicy::parse(&policy.to_string())).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_so_is_what_the_first_logs_hold() {
        let mut attributes = Attributes::default();
        assert_eq!(write(&attributes), r#"{"VisibilityTimeout":30}"#);
        assert_eq!(redrive_allow_policy(&write(&attributes)), Ok(None));
        attributes.redrive_allow_policy = Some(RedriveAllowPolicy::DenyAll);
        let told =
            r#"{"RedriveAllowPolicy":{"redrivePermission":"denyAll"},"VisibilityTimeout":30}"#;
        assert_eq!(write(&attributes), told);
        let first = r#"{"redrivePermission":"denyAll"}"#;
        for told in [told, first] {
            assert_eq!(redrive_allow_policy(told), Ok(Some(RedriveAllowPolicy::DenyAll)));
        }
    }
}
