//! Bucket notifications: rules, what they match, and the JSON a target receives.
//!
//! # Invariants
//!
//! - A change of an object and the delivery of its notice are one apply: visible ⇔ queued.
//! - No two rules of a bucket match the same change, so one change is one notice.
//! - `sequencer` is the position in the bucket's partition: of two notices about one key, the one
//!   with the greater sequencer happened later.
//!
//! Follows "Event message structure" of the S3 user guide, version 2.1.

use bytes::Bytes;
use kernel::{Arn, Delivery, Effect, Message, Timestamp, Turn};
use minicbor::{Decode, Encode};
use serde::Serialize;
use tidemill_kernel as kernel;

use super::canonical_user_id;
use super::model::{Bucket, BucketName, Object, ObjectKey, Requester};

/// One configuration of a bucket: these changes of these keys go there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Rule {
    #[n(0)]
    pub id: String,
    #[n(1)]
    pub target: Arn,
    /// `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`, …
    #[n(2)]
    pub kinds: Vec<String>,
    #[n(3)]
    pub prefix: Option<String>,
    #[n(4)]
    pub suffix: Option<String>,
}

impl Rule {
    fn matches(&self, change: Change, key: &ObjectKey) -> bool {
        let key = key.as_str();
        key.starts_with(self.prefix.as_deref().unwrap_or_default())
            && key.ends_with(self.suffix.as_deref().unwrap_or_default())
            && self.kinds.iter().any(|kind| covers(kind, change.kind()))
    }

    #[must_use]
    pub fn has_filter(&self) -> bool {
        self.prefix.is_some() || self.suffix.is_some()
    }

    /// Two kinds that both rules would take for some key, if there are any.
    #[must_use]
    pub fn overlap<'a>(&'a self, other: &'a Rule) -> Option<(&'a str, &'a str)> {
        let prefixes =
            ends_overlap(&self.prefix, &other.prefix, |long, short| long.starts_with(short));
        let suffixes =
            ends_overlap(&self.suffix, &other.suffix, |long, short| long.ends_with(short));
        if !(prefixes && suffixes) {
            return None;
        }
        self.kinds.iter().find_map(|mine| {
            let theirs =
                other.kinds.iter().find(|theirs| covers(mine, theirs) || covers(theirs, mine))?;
            Some((mine.as_str(), theirs.as_str()))
        })
    }
}

fn ends_overlap(
    a: &Option<String>,
    b: &Option<String>,
    begins: impl Fn(&str, &str) -> bool,
) -> bool {
    let (a, b) = (a.as_deref().unwrap_or_default(), b.as_deref().unwrap_or_default());
    begins(a, b) || begins(b, a)
}

/// Whether `pattern` is `kind` or a wildcard over it.
fn covers(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(family) => kind.starts_with(family),
        None => pattern == kind,
    }
}

/// Every kind a rule may name. Those of features that are not served yet are taken, as AWS takes
/// kinds that a bucket's settings can never cause.
const KINDS: [&str; 29] = [
    "s3:ReducedRedundancyLostObject",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Post",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:LifecycleTransition",
    "s3:IntelligentTiering",
    "s3:ObjectAcl:Put",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Put",
    "s3:ObjectTagging:Delete",
    "s3:ObjectAnnotation:*",
    "s3:ObjectAnnotation:Put",
];

#[must_use]
pub fn kind_is_known(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    #[n(0)]
    Put,
    #[n(1)]
    Copy,
    #[n(2)]
    CompleteMultipartUpload,
    #[n(3)]
    Delete,
}

impl Change {
    fn kind(self) -> &'static str {
        match self {
            Change::Put => "s3:ObjectCreated:Put",
            Change::Copy => "s3:ObjectCreated:Copy",
            Change::CompleteMultipartUpload => "s3:ObjectCreated:CompleteMultipartUpload",
            Change::Delete => "s3:ObjectRemoved:Delete",
        }
    }
}

/// Tells the target of the matching rule, if there is one. `object` is what now stands there;
/// `None` after a removal.
pub(super) fn notify(
    turn: &mut Turn<'_>,
    requester: &Requester,
    (name, bucket): (&BucketName, &Bucket),
    change: Change,
    (key, object): (&ObjectKey, Option<&Object>),
) {
    for rule in bucket.notifications.iter().filter(|rule| rule.matches(change, key)) {
        let notice = Notice {
            event_version: "2.1",
            event_source: "aws:s3",
            aws_region: bucket.region.as_str(),
            event_time: iso8601(turn.now()),
            event_name: change.kind().trim_start_matches("s3:"),
            user_identity: Identity { principal_id: requester.principal_id.clone() },
            request_parameters: RequestParameters { source_ip_address: &requester.source_ip },
            response_elements: ResponseElements {
                request_id: &requester.request_id,
                host_id: &requester.host_id,
            },
            s3: Subject {
                schema_version: "1.0",
                configuration_id: &rule.id,
                bucket: SubjectBucket {
                    name: name.as_str(),
                    owner_identity: Identity { principal_id: canonical_user_id(bucket.owner) },
                    arn: Arn::bucket(name.as_str()).to_string(),
                },
                object: SubjectObject {
                    key: encode_key(key.as_str()),
                    size: object.map(|object| object.size),
                    etag: object.map(|object| object.etag.to_string()),
                    sequencer: format!("{:018X}", turn.at.position.0),
                },
            },
        };
        let body = to_json(&Notices { records: [notice] });
        deliver(turn, name, &rule.target, body);
    }
}

/// What a queue or topic receives when a configuration that names it is stored.
pub(super) fn send_test(
    turn: &mut Turn<'_>,
    requester: &Requester,
    bucket: &BucketName,
    target: &Arn,
) {
    let test = TestNotice {
        service: "Amazon S3",
        event: "s3:TestEvent",
        time: iso8601(turn.now()),
        bucket: bucket.as_str(),
        request_id: &requester.request_id,
        host_id: &requester.host_id,
    };
    let body = to_json(&test);
    deliver(turn, bucket, target, body);
}

fn deliver(turn: &mut Turn<'_>, bucket: &BucketName, target: &Arn, body: Bytes) {
    turn.emit(Effect::Deliver(Delivery {
        from: Arn::bucket(bucket.as_str()),
        to: target.clone(),
        message: Message { body, ..Message::default() },
        refused: None,
    }));
}

fn to_json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("strings and numbers are always JSON").into()
}

#[derive(Serialize)]
struct Notices<'a> {
    #[serde(rename = "Records")]
    records: [Notice<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notice<'a> {
    event_version: &'static str,
    event_source: &'static str,
    aws_region: &'a str,
    event_time: String,
    event_name: &'static str,
    user_identity: Identity,
    request_parameters: RequestParameters<'a>,
    response_elements: ResponseElements<'a>,
    s3: Subject<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    principal_id: String,
}

#[derive(Serialize)]
struct RequestParameters<'a> {
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
}

#[derive(Serialize)]
struct ResponseElements<'a> {
    #[serde(rename = "x-amz-request-id")]
    request_id: &'a str,
    #[serde(rename = "x-amz-id-2")]
    host_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Subject<'a> {
    #[serde(rename = "s3SchemaVersion")]
    schema_version: &'static str,
    configuration_id: &'a str,
    bucket: SubjectBucket<'a>,
    object: SubjectObject,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectBucket<'a> {
    name: &'a str,
    owner_identity: Identity,
    arn: String,
}

#[derive(Serialize)]
struct SubjectObject {
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(rename = "eTag", skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    sequencer: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TestNotice<'a> {
    service: &'static str,
    event: &'static str,
    time: String,
    bucket: &'a str,
    request_id: &'a str,
    host_id: &'a str,
}

/// A key as notices and listings with `encoding-type=url` carry it: form-encoded (a space is
/// `+`), slashes left alone.
#[must_use]
pub fn encode_key(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `1970-01-01T00:00:00.000Z`, by the civil-calendar arithmetic of Howard Hinnant's
/// `civil_from_days`, for years from 1970 on.
fn iso8601(at: Timestamp) -> String {
    let (seconds, millis) = (at.0 / 1000, at.0 % 1000);
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kinds: &[&str], prefix: Option<&str>, suffix: Option<&str>) -> Rule {
        Rule {
            id: "rule".to_owned(),
            target: Arn::parse("arn:aws:sqs:us-east-1:000000000000:q").expect("legal"),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            prefix: prefix.map(str::to_owned),
            suffix: suffix.map(str::to_owned),
        }
    }

    #[test]
    fn a_rule_matches_by_kind_prefix_and_suffix() {
        let rule = rule(&["s3:ObjectCreated:*"], Some("in/"), Some(".jpg"));
        for (change, key, matched) in [
            (Change::Put, "in/a.jpg", true),
            (Change::Copy, "in/.jpg", true),
            (Change::Put, "in/a.png", false),
            (Change::Put, "out/a.jpg", false),
            (Change::Delete, "in/a.jpg", false),
        ] {
            let key = ObjectKey::parse(key).expect("legal");
            assert_eq!(rule.matches(change, &key), matched, "{change:?} {key}");
        }
    }

    #[test]
    fn rules_overlap_when_one_change_could_match_both() {
        let created = ["s3:ObjectCreated:*"];
        let put = ["s3:ObjectCreated:Put"];
        let removed = ["s3:ObjectRemoved:*"];
        for (a, b, overlaps) in [
            (rule(&created, None, None), rule(&put, None, None), true),
            (rule(&created, None, None), rule(&removed, None, None), false),
            (rule(&created, Some("a"), None), rule(&created, Some("ab"), None), true),
            (rule(&created, Some("a"), None), rule(&created, Some("b"), None), false),
            (rule(&created, Some("a"), Some("jpg")), rule(&put, Some("a"), Some("pg")), true),
            (rule(&created, Some("a"), Some("jpg")), rule(&put, Some("a"), Some("png")), false),
            (rule(&created, None, Some("jpg")), rule(&created, Some("a"), None), true),
        ] {
            assert_eq!(a.overlap(&b).is_some(), overlaps, "{a:?} {b:?}");
            assert_eq!(b.overlap(&a).is_some(), overlaps, "{b:?} {a:?}");
        }
    }

    #[test]
    fn times_and_keys_are_written_as_aws_writes_them() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_763_631_773_042, "2025-11-20T09:42:53.042Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(iso8601(Timestamp(millis)), text);
        }
        assert_eq!(encode_key("in/my photo (1)+ü~.jpg"), "in/my+photo+%281%29%2B%C3%BC%7E.jpg");
    }
}
