//! `PutBucketNotificationConfiguration`: replaces all rules of a bucket.
//!
//! Whether a target exists is a foreign fact, looked up before the command is logged. A client may
//! ask to skip that (`x-amz-skip-destination-validation`); then nothing is looked up.

use kernel::{Arn, Service, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use tidemill_kernel as kernel;

use super::error::RefusedDestination;
use super::model::{Bucket, BucketName, Requester};
use super::notifications::{self, Rule, kind_is_known};
use super::{Error, Reply, State};

/// The most rules of one bucket.
const RULES_MAX: usize = 100;
const ID_CHARACTERS_MAX: usize = 255;
const FILTER_BYTES_MAX: usize = 1_024;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PutBucketNotificationConfiguration {
    #[n(0)]
    pub requester: Requester,
    #[n(1)]
    pub bucket: BucketName,
    #[n(2)]
    pub rules: Vec<NewRule>,
    #[n(3)]
    pub destinations: Destinations,
}

/// Whether the targets must be there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Destinations {
    #[n(0)]
    Validated,
    #[n(1)]
    Trusted,
}

/// A rule as the client wrote it.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct NewRule {
    #[n(0)]
    pub id: Option<String>,
    #[n(1)]
    pub target_kind: TargetKind,
    #[n(2)]
    pub target: String,
    #[n(3)]
    pub kinds: Vec<String>,
    /// `FilterRule` names and values, as sent.
    #[n(4)]
    pub filter: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum TargetKind {
    #[n(0)]
    Queue,
    #[n(1)]
    Function,
    #[n(2)]
    Topic,
}

impl TargetKind {
    fn service(self) -> Service {
        match self {
            TargetKind::Queue => Service::Sqs,
            TargetKind::Function => Service::Lambda,
            TargetKind::Topic => Service::Sns,
        }
    }

    /// The kind that an ARN's service stands for, where it is one.
    #[must_use]
    pub fn of(target: &Arn) -> Option<TargetKind> {
        [TargetKind::Queue, TargetKind::Function, TargetKind::Topic]
            .into_iter()
            .find(|kind| target.service() == Some(kind.service()))
    }
}

impl NewRule {
    fn target(&self) -> Option<Arn> {
        Arn::parse(&self.target).filter(|arn| arn.service() == Some(self.target_kind.service()))
    }
}

impl PutBucketNotificationConfiguration {
    pub(super) fn foreign(&self) -> Vec<Arn> {
        match self.destinations {
            Destinations::Trusted => Vec::new(),
            Destinations::Validated => {
                let targets: BTreeSet<Arn> =
                    self.rules.iter().filter_map(NewRule::target).collect();
                targets.into_iter().collect()
            }
        }
    }
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: PutBucketNotificationConfiguration,
) -> Result<Reply, Error> {
    let PutBucketNotificationConfiguration { requester, bucket: name, rules, destinations } =
        command;
    let mut bucket = state.bucket(&requester, &name)?.clone();
    bucket.notifications = decide(turn, rules)?;
    refuse_overlaps(&bucket.notifications)?;
    let targets: BTreeSet<Arn> =
        bucket.notifications.iter().map(|rule| rule.target.clone()).collect();
    if destinations == Destinations::Validated {
        validate_destinations(turn, &bucket, &targets)?;
    }
    // A function would have to know what a test is; AWS sends it none.
    let tested: Vec<Arn> = targets
        .into_iter()
        .filter(|target| TargetKind::of(target) != Some(TargetKind::Function))
        .collect();
    state.put_bucket(turn, name.clone(), bucket);
    if destinations == Destinations::Validated {
        for target in &tested {
            notifications::send_test(turn, &requester, &name, target);
        }
    }
    Ok(Reply::Done)
}

/// Checks each rule for itself; draws the ids that the client left out.
fn decide(turn: &Turn<'_>, rules: Vec<NewRule>) -> Result<Vec<Rule>, Error> {
    if rules.len() > RULES_MAX {
        return Err(invalid("The maximum number of notification configurations is 100", "", ""));
    }
    let mut random = turn.at.random();
    let mut ids = BTreeSet::new();
    let mut decided = Vec::with_capacity(rules.len());
    for rule in rules {
        let target = rule
            .target()
            .ok_or_else(|| invalid("The ARN could not be parsed", "ARN", &rule.target))?;
        if rule.kinds.is_empty() {
            return Err(Error::MalformedXml);
        }
        if let Some(unknown) = rule.kinds.iter().find(|kind| !kind_is_known(kind)) {
            let message = "A specified event is not supported for notifications.";
            return Err(invalid(message, "Event", unknown));
        }
        let drawn = random.next_uuid();
        let id = rule.id.filter(|id| !id.is_empty()).unwrap_or_else(|| drawn.to_string());
        if id.chars().count() > ID_CHARACTERS_MAX {
            return Err(invalid("The maximum length of an ID is 255 characters", "Id", &id));
        }
        if !ids.insert(id.clone()) {
            let message = "Same ID used for multiple configurations. IDs must be unique";
            return Err(invalid(message, "Id", &id));
        }
        let (prefix, suffix) = filter(rule.filter)?;
        decided.push(Rule { id, target, kinds: rule.kinds, prefix, suffix });
    }
    Ok(decided)
}

fn filter(rules: Vec<(String, String)>) -> Result<(Option<String>, Option<String>), Error> {
    let (mut prefix, mut suffix) = (None, None);
    for (name, value) in rules {
        let (slot, twice) = match name.to_ascii_lowercase().as_str() {
            "prefix" => (&mut prefix, "Cannot specify more than one prefix rule in a filter."),
            "suffix" => (&mut suffix, "Cannot specify more than one suffix rule in a filter."),
            _ => {
                let message = "filter rule name must be either prefix or suffix";
                return Err(invalid(message, "FilterRule.Name", &name));
            }
        };
        if value.len() > FILTER_BYTES_MAX {
            let message =
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation";
            return Err(invalid(message, "FilterRule.Value", &value));
        }
        if slot.is_some() {
            return Err(invalid(twice, "FilterRule.Name", &name));
        }
        *slot = Some(value);
    }
    Ok((prefix, suffix))
}

fn refuse_overlaps(rules: &[Rule]) -> Result<(), Error> {
    for (index, rule) in rules.iter().enumerate() {
        for other in rules.iter().skip(index + 1) {
            let Some((mine, theirs)) = rule.overlap(other) else { continue };
            let message = if rule.has_filter() || other.has_filter() {
                "Configuration is ambiguously defined. Cannot have overlapping suffixes in two \
                 rules if the prefixes are overlapping for the same event type."
            } else {
                "Configurations overlap. Configurations on the same bucket cannot share a common \
                 event type."
            };
            return Err(invalid(message, "Event", &format!("{mine}, {theirs}")));
        }
    }
    Ok(())
}

fn validate_destinations(
    turn: &Turn<'_>,
    bucket: &Bucket,
    targets: &BTreeSet<Arn>,
) -> Result<(), Error> {
    let refused: Vec<RefusedDestination> = targets
        .iter()
        .filter_map(|target| {
            let reason = refusal(turn, bucket, target)?;
            Some(RefusedDestination { arn: target.to_string(), reason })
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(Error::InvalidDestinations(refused)) }
}

fn refusal(turn: &Turn<'_>, bucket: &Bucket, target: &Arn) -> Option<String> {
    if target.region() != bucket.region.as_str() {
        return Some(
            "The notification destination service region is not valid for the bucket location \
             constraint"
                .to_owned(),
        );
    }
    let (noun, fifo) = match TargetKind::of(target) {
        Some(TargetKind::Queue) => ("queue", "FIFO SQS queues"),
        Some(TargetKind::Topic) => ("topic", "FIFO SNS topics"),
        Some(TargetKind::Function) | None => ("function", ""),
    };
    if noun != "function" && target.resource().ends_with(".fifo") {
        return Some(format!("{fifo} are not supported as a destination"));
    }
    // Another account's resource would have to allow this bucket in its policy, and policies are
    // not enforced yet: nobody may send into a foreign account meanwhile.
    let is_own = target.account() == bucket.owner.to_string();
    if is_own && turn.facts.exists(target) {
        return None;
    }
    Some(match noun {
        "function" => {
            format!("Not authorized to invoke function [{target}], or it does not exist")
        }
        _ if is_own => format!("The destination {noun} does not exist"),
        _ => format!(
            "Permissions on the destination {noun} do not allow S3 to publish notifications from \
             this bucket"
        ),
    })
}

fn invalid(message: &str, name: &str, value: &str) -> Error {
    Error::InvalidArgument {
        message: message.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::s3::transcript::check;
    use expect_test::expect;

    #[test]
    fn a_topic_is_told_as_a_queue_is() {
        check(
            "
            create photos
            notify photos topic:t s3:ObjectCreated:*
            put photos a 1
            notify photos topic:gone s3:ObjectCreated:*
            notify photos topic:t.fifo s3:ObjectCreated:*
            notify photos arn:aws:sns:us-east-1:000000000002:t s3:ObjectCreated:*
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos topic:t s3:ObjectCreated:*
                    -> done
                    ! arn:aws:sns:us-east-1:000000000001:t {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                put photos a 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                    ! arn:aws:sns:us-east-1:000000000001:t {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"a","size":1,"eTag":"c4ca4238a0b923820dcc509a6f75849b","sequencer":"000000000000000003"}}}]}
                notify photos topic:gone s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sns:us-east-1:000000000001:gone, null ArgumentValue1=The destination topic does not exist
                notify photos topic:t.fifo s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sns:us-east-1:000000000001:t.fifo, null ArgumentValue1=FIFO SNS topics are not supported as a destination
                notify photos arn:aws:sns:us-east-1:000000000002:t s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sns:us-east-1:000000000002:t, null ArgumentValue1=Permissions on the destination topic do not allow S3 to publish notifications from this bucket
            "#]],
        );
    }

    #[test]
    fn a_configuration_is_stored_and_its_queues_are_told() {
        check(
            "
            create photos
            notify photos queue:q s3:ObjectCreated:* prefix:in/ suffix:.jpg ; \
                function:f s3:ObjectRemoved:*
            bucket photos
            put photos in/a.jpg 1
            delete photos in/a.jpg
            notify photos
            bucket photos
            put photos in/a.jpg 1
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos queue:q s3:ObjectCreated:* prefix:in/ suffix:.jpg ; function:f s3:ObjectRemoved:*
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                bucket photos
                    -> 000000000001 us-east-1 [rule-0 arn:aws:sqs:us-east-1:000000000001:q ["s3:ObjectCreated:*"] Some("in/") Some(".jpg"), rule-1 arn:aws:lambda:us-east-1:000000000001:function:f ["s3:ObjectRemoved:*"] None None]
                put photos in/a.jpg 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectCreated:Put","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-0","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"in/a.jpg","size":1,"eTag":"c4ca4238a0b923820dcc509a6f75849b","sequencer":"000000000000000003"}}}]}
                delete photos in/a.jpg
                    -> done
                    ! arn:aws:lambda:us-east-1:000000000001:function:f {"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1","eventTime":"1970-01-01T00:00:00.000Z","eventName":"ObjectRemoved:Delete","userIdentity":{"principalId":"AWS:000000000001"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},"responseElements":{"x-amz-request-id":"REQUEST","x-amz-id-2":"HOST"},"s3":{"s3SchemaVersion":"1.0","configurationId":"rule-1","bucket":{"name":"photos","ownerIdentity":{"principalId":"2f2444eceec6b3bb57c39ef57a62b36f227a921525baf348819cab3e6dc6e782"},"arn":"arn:aws:s3:::photos"},"object":{"key":"in/a.jpg","sequencer":"000000000000000004"}}}]}
                notify photos
                    -> done
                bucket photos
                    -> 000000000001 us-east-1 []
                put photos in/a.jpg 1
                    -> stored c4ca4238a0b923820dcc509a6f75849b size 1
            "#]],
        );
    }

    #[test]
    fn what_cannot_work_is_refused() {
        check(
            "
            create photos
            notify photos queue:gone s3:ObjectCreated:*
            notify photos queue:gone s3:ObjectCreated:* trusted
            notify photos function:gone s3:ObjectCreated:*
            notify photos queue:q.fifo s3:ObjectCreated:*
            notify photos arn:aws:sqs:eu-west-1:000000000001:q s3:ObjectCreated:*
            notify photos arn:aws:sqs:us-east-1:000000000002:q s3:ObjectCreated:*
            notify photos nonsense s3:ObjectCreated:*
            notify photos queue:q s3:ObjectEaten:*
            notify photos queue:q s3:ObjectCreated:* ; queue:q s3:ObjectCreated:Put
            notify photos queue:q s3:ObjectCreated:* prefix:a ; queue:q s3:ObjectCreated:* prefix:ab
            notify photos queue:q s3:ObjectCreated:* prefix:a ; queue:q s3:ObjectCreated:* prefix:b
            notify photos queue:q s3:ObjectCreated:* prefix:a prefix:b
            notify photos queue:q s3:ObjectCreated:* infix:a
            as:2 notify photos
            ",
            expect![[r#"
                create photos
                    -> done
                notify photos queue:gone s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sqs:us-east-1:000000000001:gone, null ArgumentValue1=The destination queue does not exist
                notify photos queue:gone s3:ObjectCreated:* trusted
                    -> done
                notify photos function:gone s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:lambda:us-east-1:000000000001:function:gone, null ArgumentValue1=Not authorized to invoke function [arn:aws:lambda:us-east-1:000000000001:function:gone], or it does not exist
                notify photos queue:q.fifo s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sqs:us-east-1:000000000001:q.fifo, null ArgumentValue1=FIFO SQS queues are not supported as a destination
                notify photos arn:aws:sqs:eu-west-1:000000000001:q s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sqs:eu-west-1:000000000001:q, null ArgumentValue1=The notification destination service region is not valid for the bucket location constraint
                notify photos arn:aws:sqs:us-east-1:000000000002:q s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName1=arn:aws:sqs:us-east-1:000000000002:q, null ArgumentValue1=Permissions on the destination queue do not allow S3 to publish notifications from this bucket
                notify photos nonsense s3:ObjectCreated:*
                    -> 400 InvalidArgument ArgumentName=ARN ArgumentValue=nonsense
                notify photos queue:q s3:ObjectEaten:*
                    -> 400 InvalidArgument ArgumentName=Event ArgumentValue=s3:ObjectEaten:*
                notify photos queue:q s3:ObjectCreated:* ; queue:q s3:ObjectCreated:Put
                    -> 400 InvalidArgument ArgumentName=Event ArgumentValue=s3:ObjectCreated:*, s3:ObjectCreated:Put
                notify photos queue:q s3:ObjectCreated:* prefix:a ; queue:q s3:ObjectCreated:* prefix:ab
                    -> 400 InvalidArgument ArgumentName=Event ArgumentValue=s3:ObjectCreated:*, s3:ObjectCreated:*
                notify photos queue:q s3:ObjectCreated:* prefix:a ; queue:q s3:ObjectCreated:* prefix:b
                    -> done
                    ! arn:aws:sqs:us-east-1:000000000001:q {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"1970-01-01T00:00:00.000Z","Bucket":"photos","RequestId":"REQUEST","HostId":"HOST"}
                notify photos queue:q s3:ObjectCreated:* prefix:a prefix:b
                    -> 400 InvalidArgument ArgumentName=FilterRule.Name ArgumentValue=prefix
                notify photos queue:q s3:ObjectCreated:* infix:a
                    -> 400 InvalidArgument ArgumentName=FilterRule.Name ArgumentValue=infix
                as:2 notify photos
                    -> 403 AccessDenied
            "#]],
        );
    }
}
