//! The table of operations: which input each reads, and which output a reply becomes.

use super::model::{Group, GroupId, NewEvent, Stream};
use super::page::{Filter, From, Get, Span, Streams};
use super::{Command, Error, GroupNames, Pattern, Query, Reply, StreamOrder};
use crate::Work;
use kernel::{Arn, Caller, Service, Timestamp};
use tidemill_aws::generated::logs as wire;
use tidemill_aws::{HttpRequest, HttpResponse, Input, Output, Protocol, WireError};
use tidemill_kernel as kernel;

const DESCRIBE_LIMIT: i32 = 50;
const EVENTS_LIMIT: i32 = 10_000;
const TAGS_MAX: usize = 50;

/// Reads a request of an operation that [`wire::MODEL`] serves.
///
/// # Errors
/// Whatever the caller must mend, in AWS's words.
pub fn decode(
    operation: &str,
    protocol: Protocol,
    request: &HttpRequest,
    caller: &Caller,
) -> Result<Work, WireError> {
    let reader = Reader { protocol, request, caller };
    match operation {
        "CreateLogGroup" => reader.read(create_log_group),
        "CreateLogStream" => reader.read(|input: wire::CreateLogStreamInput, caller| {
            let wire::CreateLogStreamInput { log_group_name, log_stream_name } = input;
            let group = named(log_group_name, caller);
            Ok(command(Command::CreateLogStream { group, stream: log_stream_name }))
        }),
        "DeleteLogGroup" => reader.read(|input: wire::DeleteLogGroupInput, caller| {
            let wire::DeleteLogGroupInput { log_group_name } = input;
            Ok(command(Command::DeleteLogGroup(named(log_group_name, caller))))
        }),
        "DescribeLogGroups" => reader.read(describe_log_groups),
        "DescribeLogStreams" => reader.read(describe_log_streams),
        "FilterLogEvents" => reader.read(filter_log_events),
        "GetLogEvents" => reader.read(get_log_events),
        "PutLogEvents" => reader.read(put_log_events),
        other => unreachable!("{other} is not in the model's table, so it is never routed here"),
    }
}

struct Reader<'r> {
    protocol: Protocol,
    request: &'r HttpRequest,
    caller: &'r Caller,
}

impl Reader<'_> {
    fn read<I: Input>(
        &self,
        decode: impl Fn(I, &Caller) -> Result<Work, Error>,
    ) -> Result<Work, WireError> {
        let input = I::read(self.protocol, self.request)?;
        decode(input, self.caller).map_err(|error| error.wire())
    }
}

fn named(name: String, caller: &Caller) -> GroupId {
    GroupId { account: caller.account, region: caller.region.clone(), name }
}

/// The group by name, or by the name or ARN that `logGroupIdentifier` takes.
fn identified(
    name: Option<String>,
    identifier: Option<String>,
    caller: &Caller,
) -> Result<GroupId, Error> {
    let identifier = match (name, identifier) {
        (Some(name), None) => return Ok(named(name, caller)),
        (None, Some(identifier)) => identifier,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Error::InvalidParameter(
                "Exactly one of logGroupName and logGroupIdentifier must be given.".to_owned(),
            ));
        }
    };
    if !identifier.starts_with("arn:") {
        return Ok(named(identifier, caller));
    }
    Arn::parse(&identifier)
        .filter(|arn| {
            arn.service() == Some(Service::Logs)
                && arn.account() == caller.account.to_string()
                && arn.region() == caller.region.as_str()
        })
        .and_then(|arn| {
            let name = arn.resource().strip_prefix("log-group:")?;
            Some(named(name.to_owned(), caller))
        })
        .ok_or(Error::GroupNotFound)
}

fn command(command: Command) -> Work {
    let group = match &command {
        Command::CreateLogGroup { group, .. }
        | Command::DeleteLogGroup(group)
        | Command::CreateLogStream { group, .. }
        | Command::PutLogEvents { group, .. } => group,
    };
    Work::Command(group.partition(), crate::Command::Logs(command))
}

fn query(group: &GroupId, query: Query) -> Work {
    Work::Query(group.partition(), crate::Query::Logs(query))
}

fn refuse(parameter: &'static str, is_there: bool) -> Result<(), Error> {
    if is_there { Err(Error::unsupported(parameter)) } else { Ok(()) }
}

/// The generated checks hold it between 1 and the most there can be.
fn limit(asked: Option<i32>, default: i32) -> usize {
    usize::try_from(asked.unwrap_or(default)).unwrap_or(1)
}

fn instant(millis: i64) -> Timestamp {
    Timestamp(u64::try_from(millis).unwrap_or_default())
}

fn create_log_group(input: wire::CreateLogGroupInput, caller: &Caller) -> Result<Work, Error> {
    let wire::CreateLogGroupInput {
        deletion_protection_enabled,
        kms_key_id,
        log_group_class,
        log_group_name,
        tags,
    } = input;
    refuse("deletionProtectionEnabled", deletion_protection_enabled == Some(true))?;
    refuse("kmsKeyId", kms_key_id.is_some())?;
    let is_other = log_group_class.is_some_and(|class| class != "STANDARD");
    refuse("logGroupClass with a value other than STANDARD", is_other)?;
    let tags = tags.unwrap_or_default();
    if tags.len() > TAGS_MAX {
        return Err(Error::InvalidParameter(format!("A log group has at most {TAGS_MAX} tags.")));
    }
    Ok(command(Command::CreateLogGroup { group: named(log_group_name, caller), tags }))
}

fn describe_log_groups(
    input: wire::DescribeLogGroupsInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let wire::DescribeLogGroupsInput {
        account_identifiers,
        include_linked_accounts,
        limit: asked,
        log_group_class,
        log_group_identifiers,
        log_group_name_pattern,
        log_group_name_prefix,
        next_token,
    } = input;
    refuse("accountIdentifiers", account_identifiers.is_some_and(|list| !list.is_empty()))?;
    refuse("includeLinkedAccounts", include_linked_accounts == Some(true))?;
    let is_other = log_group_class.is_some_and(|class| class != "STANDARD");
    refuse("logGroupClass with a value other than STANDARD", is_other)?;
    refuse("logGroupIdentifiers", log_group_identifiers.is_some())?;
    let names = match (log_group_name_prefix, log_group_name_pattern) {
        (prefix, None) => GroupNames::Prefix(prefix.unwrap_or_default()),
        (None, Some(part)) => GroupNames::Containing(part),
        (Some(_), Some(_)) => {
            return Err(Error::InvalidParameter(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive \
                 parameters."
                    .to_owned(),
            ));
        }
    };
    Ok(Work::QueryAll(crate::Query::Logs(Query::Groups {
        account: caller.account,
        region: caller.region.clone(),
        names,
        after: next_token,
        limit: limit(asked, DESCRIBE_LIMIT),
    })))
}

fn describe_log_streams(
    input: wire::DescribeLogStreamsInput,
    caller: &Caller,
) -> Result<Work, Error> {
    let wire::DescribeLogStreamsInput {
        descending,
        limit: asked,
        log_group_identifier,
        log_group_name,
        log_stream_name_prefix,
        next_token,
        order_by,
    } = input;
    let group = identified(log_group_name, log_group_identifier, caller)?;
    let is_descending = descending == Some(true);
    let order = if order_by.as_deref() == Some("LastEventTime") {
        if log_stream_name_prefix.is_some() {
            return Err(Error::InvalidParameter(
                "Cannot order by LastEventTime with a logStreamNamePrefix.".to_owned(),
            ));
        }
        StreamOrder::LastEvent { is_descending }
    } else {
        StreamOrder::Name { is_descending }
    };
    let skip = next_token.map(|token| token.parse().map_err(|_| invalid_token())).transpose()?;
    Ok(query(
        &group.clone(),
        Query::Streams {
            group,
            prefix: log_stream_name_prefix.unwrap_or_default(),
            order,
            skip: skip.unwrap_or(0),
            limit: limit(asked, DESCRIBE_LIMIT),
        },
    ))
}

fn invalid_token() -> Error {
    Error::InvalidParameter("The specified nextToken is invalid.".to_owned())
}

fn filter_log_events(input: wire::FilterLogEventsInput, caller: &Caller) -> Result<Work, Error> {
    let wire::FilterLogEventsInput {
        end_time,
        filter_pattern,
        // Results have always been interleaved since 2019, whatever this says.
        interleaved: _,
        limit: asked,
        log_group_identifier,
        log_group_name,
        log_stream_name_prefix,
        log_stream_names,
        next_token,
        start_time,
        unmask,
    } = input;
    refuse("unmask", unmask == Some(true))?;
    let group = identified(log_group_name, log_group_identifier, caller)?;
    let streams = match (log_stream_names, log_stream_name_prefix) {
        (None, None) => Streams::All,
        (Some(names), None) => Streams::Named(names),
        (None, Some(prefix)) => Streams::Prefix(prefix),
        (Some(_), Some(_)) => {
            return Err(Error::InvalidParameter(
                "logStreamNames and logStreamNamePrefix are mutually exclusive parameters."
                    .to_owned(),
            ));
        }
    };
    // The last millisecond is part of a filter's time, and of no other.
    let end = end_time.map(|end| instant(end.saturating_add(1)));
    let filter = Filter {
        streams,
        span: Span { start: start_time.map(instant), end },
        pattern: Pattern::parse(filter_pattern.as_deref().unwrap_or_default())?,
        after: next_token.as_deref().map(Filter::parse_token).transpose()?,
        limit: limit(asked, EVENTS_LIMIT),
    };
    Ok(query(&group.clone(), Query::Filter { group, filter }))
}

fn get_log_events(input: wire::GetLogEventsInput, caller: &Caller) -> Result<Work, Error> {
    let wire::GetLogEventsInput {
        end_time,
        limit: asked,
        log_group_identifier,
        log_group_name,
        log_stream_name,
        next_token,
        start_from_head,
        start_time,
        unmask,
    } = input;
    refuse("unmask", unmask == Some(true))?;
    let group = identified(log_group_name, log_group_identifier, caller)?;
    let from = match (next_token, start_from_head) {
        (Some(token), _) => From::parse(&token)?,
        (None, Some(true)) => From::Head,
        (None, Some(false) | None) => From::Tail,
    };
    let get = Get {
        stream: log_stream_name,
        span: Span { start: start_time.map(instant), end: end_time.map(instant) },
        from,
        limit: limit(asked, EVENTS_LIMIT),
    };
    Ok(query(&group.clone(), Query::Get { group, get }))
}

fn put_log_events(input: wire::PutLogEventsInput, caller: &Caller) -> Result<Work, Error> {
    let wire::PutLogEventsInput {
        entity,
        log_events,
        log_group_name,
        log_stream_name,
        // AWS takes every token, right or wrong, since 2023.
        sequence_token: _,
    } = input;
    refuse("entity", entity.is_some())?;
    let events = log_events
        .into_iter()
        .map(|event| NewEvent { timestamp: instant(event.timestamp), message: event.message })
        .collect();
    let group = named(log_group_name, caller);
    Ok(command(Command::PutLogEvents { group, stream: log_stream_name, events }))
}

/// Writes the answer to an operation that [`decode`] read.
#[must_use]
pub fn encode(operation: &str, protocol: Protocol, reply: Reply, caller: &Caller) -> HttpResponse {
    let request_id = caller.request_id;
    match reply {
        Reply::Nothing => match operation {
            "CreateLogGroup" => wire::CreateLogGroupOutput {}.write(protocol, request_id),
            "CreateLogStream" => wire::CreateLogStreamOutput {}.write(protocol, request_id),
            "DeleteLogGroup" => wire::DeleteLogGroupOutput {}.write(protocol, request_id),
            other => unreachable!("{other} is answered with something"),
        },
        Reply::Groups { groups, next } => wire::DescribeLogGroupsOutput {
            log_groups: Some(groups.iter().map(shown_group).collect()),
            next_token: next,
        }
        .write(protocol, request_id),
        Reply::Streams { group, streams, next } => wire::DescribeLogStreamsOutput {
            log_streams: Some(streams.iter().map(|stream| shown_stream(&group, stream)).collect()),
            next_token: next.map(|skip| skip.to_string()),
        }
        .write(protocol, request_id),
        Reply::Got(page) => wire::GetLogEventsOutput {
            events: Some(page.events.into_iter().map(shown_event).collect()),
            next_backward_token: Some(page.backward),
            next_forward_token: Some(page.forward),
        }
        .write(protocol, request_id),
        Reply::Filtered(page) => wire::FilterLogEventsOutput {
            events: Some(page.events.into_iter().map(shown_found).collect()),
            next_token: page.next,
            // Empty since 2019, as at AWS.
            searched_log_streams: Some(Vec::new()),
        }
        .write(protocol, request_id),
        Reply::Put { rejected, sequence_token } => {
            let index = |at: Option<usize>| at.and_then(|at| i32::try_from(at).ok());
            wire::PutLogEventsOutput {
                next_sequence_token: Some(format!("{sequence_token:056}")),
                rejected_entity_info: None,
                rejected_log_events_info: rejected.map(|rejected| wire::RejectedLogEventsInfo {
                    expired_log_event_end_index: None,
                    too_new_log_event_start_index: index(rejected.too_new_start),
                    too_old_log_event_end_index: index(rejected.too_old_end),
                }),
            }
            .write(protocol, request_id)
        }
    }
}

fn millis(at: Timestamp) -> Option<i64> {
    i64::try_from(at.0).ok()
}

fn shown_group(group: &Group) -> wire::LogGroup {
    wire::LogGroup {
        arn: Some(format!("{}:*", group.id.arn())),
        creation_time: millis(group.created_at),
        log_group_arn: Some(group.id.arn().to_string()),
        log_group_class: Some("STANDARD".to_owned()),
        log_group_name: Some(group.id.name.clone()),
        metric_filter_count: Some(0),
        stored_bytes: i64::try_from(group.stored_bytes).ok(),
        ..Default::default()
    }
}

fn shown_stream(group: &GroupId, stream: &Stream) -> wire::LogStream {
    wire::LogStream {
        arn: Some(format!("{}:log-stream:{}", group.arn(), stream.name)),
        creation_time: millis(stream.created_at),
        first_event_timestamp: stream.first_event_at.and_then(millis),
        last_event_timestamp: stream.last_event_at.and_then(millis),
        last_ingestion_time: stream.last_ingested_at.and_then(millis),
        log_stream_name: Some(stream.name.clone()),
        // Zero for every stream since 2019, as at AWS.
        stored_bytes: Some(0),
        upload_sequence_token: Some(format!("{:056}", stream.events)),
    }
}

fn shown_event(event: super::Event) -> wire::OutputLogEvent {
    wire::OutputLogEvent {
        ingestion_time: millis(event.ingested_at),
        message: Some(event.message),
        timestamp: millis(event.timestamp),
    }
}

fn shown_found(event: super::Event) -> wire::FilteredLogEvent {
    wire::FilteredLogEvent {
        // Unique within a stream, which is all that clients make of it.
        event_id: Some(format!("{:020}{:036}", event.timestamp.0, event.sequence)),
        ingestion_time: millis(event.ingested_at),
        log_stream_name: Some(event.stream),
        message: Some(event.message),
        timestamp: millis(event.timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use kernel::{AccountId, Region, Uuid};
    use std::fmt::Write as _;
    use tidemill_aws::Fault;

    fn read(operation: &str, body: &str) -> String {
        let caller = Caller {
            account: AccountId::parse("000000000000").unwrap(),
            region: Region::parse("us-east-1").unwrap(),
            principal: "arn:aws:iam::000000000000:root".to_owned(),
            access_key_id: "AKIA".to_owned(),
            base_url: "http://127.0.0.1:4566".to_owned(),
            request_id: Uuid([9; 16]),
        };
        let request = HttpRequest {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: body.to_owned().into(),
        };
        match decode(operation, Protocol::Json11, &request, &caller) {
            Ok(work) => format!("{work:?}"),
            Err(error) => format!("{} {}: {}", error.status, error.shape, error.message),
        }
    }

    #[test]
    fn operations_are_read() {
        let mut table = String::new();
        for (operation, body) in [
            ("CreateLogGroup", r#"{"logGroupName":"app","tags":{"a":"b"}}"#),
            ("CreateLogGroup", r#"{"logGroupName":"app","kmsKeyId":"k"}"#),
            ("CreateLogGroup", r#"{"logGroupName":"a b"}"#),
            ("DescribeLogGroups", r#"{"logGroupNamePrefix":"/aws/lambda/","limit":5}"#),
            ("DescribeLogGroups", r#"{"logGroupNamePrefix":"a","logGroupNamePattern":"b"}"#),
            ("DescribeLogGroups", r#"{"limit":51}"#),
            (
                "DescribeLogStreams",
                r#"{"logGroupName":"app","orderBy":"LastEventTime","descending":true}"#,
            ),
            (
                "DescribeLogStreams",
                r#"{"logGroupIdentifier":"arn:aws:logs:us-east-1:000000000000:log-group:app"}"#,
            ),
            (
                "FilterLogEvents",
                r#"{"logGroupName":"app","filterPattern":"ERROR -x","startTime":1,"endTime":2}"#,
            ),
            ("FilterLogEvents", r#"{"logGroupName":"app","filterPattern":"{ $.a = 1 }"}"#),
            ("FilterLogEvents", r#"{"logStreamNames":["a"]}"#),
            (
                "GetLogEvents",
                r#"{"logGroupName":"app","logStreamName":"s","startFromHead":true,"limit":3}"#,
            ),
            (
                "GetLogEvents",
                r#"{"logGroupName":"app","logStreamName":"s","nextToken":"nonsense"}"#,
            ),
            (
                "PutLogEvents",
                r#"{"logGroupName":"app","logStreamName":"s","logEvents":[{"timestamp":1,"message":"m"}]}"#,
            ),
        ] {
            writeln!(table, "{operation} {body}\n    {}", read(operation, body)).unwrap();
        }
        expect![[r#"
            CreateLogGroup {"logGroupName":"app","tags":{"a":"b"}}
                Command(p4, Logs(CreateLogGroup { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, tags: {"a": "b"} }))
            CreateLogGroup {"logGroupName":"app","kmsKeyId":"k"}
                400 InvalidParameterException: The parameter kmsKeyId is not supported by this server.
            CreateLogGroup {"logGroupName":"a b"}
                400 InvalidParameterException: 1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+
            DescribeLogGroups {"logGroupNamePrefix":"/aws/lambda/","limit":5}
                QueryAll(Logs(Groups { account: 000000000000, region: us-east-1, names: Prefix("/aws/lambda/"), after: None, limit: 5 }))
            DescribeLogGroups {"logGroupNamePrefix":"a","logGroupNamePattern":"b"}
                400 InvalidParameterException: LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.
            DescribeLogGroups {"limit":51}
                400 InvalidParameterException: 1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50
            DescribeLogStreams {"logGroupName":"app","orderBy":"LastEventTime","descending":true}
                Query(p4, Logs(Streams { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, prefix: "", order: LastEvent { is_descending: true }, skip: 0, limit: 50 }))
            DescribeLogStreams {"logGroupIdentifier":"arn:aws:logs:us-east-1:000000000000:log-group:app"}
                Query(p4, Logs(Streams { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, prefix: "", order: Name { is_descending: false }, skip: 0, limit: 50 }))
            FilterLogEvents {"logGroupName":"app","filterPattern":"ERROR -x","startTime":1,"endTime":2}
                Query(p4, Logs(Filter { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, filter: Filter { streams: All, span: Span { start: Some(@1), end: Some(@3) }, pattern: Pattern { all: ["ERROR"], any: [], none: ["x"] }, after: None, limit: 10000 } }))
            FilterLogEvents {"logGroupName":"app","filterPattern":"{ $.a = 1 }"}
                400 InvalidParameterException: The parameter filterPattern is not supported by this server with a JSON, space-delimited or regular expression pattern.
            FilterLogEvents {"logStreamNames":["a"]}
                400 InvalidParameterException: Exactly one of logGroupName and logGroupIdentifier must be given.
            GetLogEvents {"logGroupName":"app","logStreamName":"s","startFromHead":true,"limit":3}
                Query(p4, Logs(Get { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, get: Get { stream: "s", span: Span { start: None, end: None }, from: Head, limit: 3 } }))
            GetLogEvents {"logGroupName":"app","logStreamName":"s","nextToken":"nonsense"}
                400 InvalidParameterException: The specified nextToken is invalid.
            PutLogEvents {"logGroupName":"app","logStreamName":"s","logEvents":[{"timestamp":1,"message":"m"}]}
                Command(p4, Logs(PutLogEvents { group: GroupId { account: 000000000000, region: us-east-1, name: "app" }, stream: "s", events: [NewEvent { timestamp: @1, message: "m" }] }))
        "#]].assert_eq(&table);
    }

    #[test]
    fn every_refusal_is_one_of_the_models_with_its_status() {
        for error in [
            Error::GroupExists,
            Error::StreamExists,
            Error::GroupNotFound,
            Error::StreamNotFound,
            Error::InvalidParameter(String::new()),
            Error::unsupported("x"),
        ] {
            let told = error.wire();
            let modelled = wire::MODEL.errors.iter().find(|shape| shape.shape == told.shape);
            // The JSON protocols' models leave the status out; it is 400 for all of them.
            assert!(modelled.is_some(), "{error}");
            assert_eq!((told.status, told.fault), (400, Fault::Sender));
        }
    }
}
