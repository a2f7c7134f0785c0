//! Scripts for the tests of this service: a line per command, its answer and effects beside it.
//!
//! ```text
//! [@millis] [as:account] verb bucket …
//! ```
//!
//! A body is its own text, or `blob:SIZE`. Every line is also held to the apply contract: a refusal
//! changes no row, and a state loaded from the rows is the state that wrote them.

use super::checksums::{Algorithm, md5};
use super::conditions::{ETagMatch, ReadConditions, WriteCondition};
use super::model::{BlobId, BucketName, Metadata, NewBody, ObjectKey, Requester, UploadId};
use super::notifications::{Change, Rule};
use super::*;
use expect_test::Expect;
use kernel::{
    At, Bodies, Effect, Fact, Facts, MemoryBodies, MemoryRows, PartitionId, Position, Region,
    Secret,
};
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) fn check(script: &str, expected: Expect) {
    let mut world = World::new();
    let mut transcript = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        world.play(line, &mut transcript);
    }
    expected.assert_eq(&transcript);
}

struct World {
    state: State,
    rows: MemoryRows,
    bodies: MemoryBodies,
    now: Timestamp,
    position: u64,
    account: u64,
    uploads: BTreeMap<String, UploadId>,
    etags: BTreeMap<(String, u16), String>,
    blobs: u8,
}

impl World {
    fn new() -> World {
        let rows = MemoryRows::default();
        World {
            state: State::load(&rows),
            rows,
            bodies: MemoryBodies::default(),
            now: Timestamp(0),
            position: 0,
            account: 1,
            uploads: BTreeMap::new(),
            etags: BTreeMap::new(),
            blobs: 0,
        }
    }

    fn at(&self) -> At {
        At {
            now: self.now,
            partition: PartitionId(0),
            position: Position(self.position),
            secret: Secret([7; 32]),
        }
    }

    fn play(&mut self, line: &str, transcript: &mut String) {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let Some(now) = words[0].strip_prefix('@') {
            self.now = Timestamp(now.parse().unwrap());
            words.remove(0);
        }
        self.account = match words[0].strip_prefix("as:") {
            Some(account) => {
                words.remove(0);
                account.parse().unwrap()
            }
            None => 1,
        };
        writeln!(transcript, "{line}").unwrap();
        if words[0] == "rows" {
            for (table, key, _) in self.rows.iter() {
                let key = key.escape_ascii().to_string();
                writeln!(transcript, "    {table:?} {key}").unwrap();
            }
            return;
        }
        let (result, effects) = match self.query(&words) {
            Some(query) => (self.read(query), Vec::new()),
            None => {
                let command = self.command(&words);
                self.apply(command)
            }
        };
        match result {
            Ok(Reply::UploadCreated(id)) => {
                self.uploads.insert((*words.last().unwrap()).to_owned(), id);
                writeln!(transcript, "    -> upload created").unwrap();
            }
            Ok(reply) => {
                if let (Reply::Stored { etag, .. }, "part") = (&reply, words[0]) {
                    let part = (words[3].to_owned(), words[4].parse().unwrap());
                    self.etags.insert(part, etag.to_string());
                }
                writeln!(transcript, "    -> {}", show(&reply)).unwrap();
            }
            Err(error) => {
                let wire = error.wire();
                write!(transcript, "    -> {} {}", wire.status, wire.shape).unwrap();
                for (name, value) in error.details() {
                    write!(transcript, " {name}={value}").unwrap();
                }
                writeln!(transcript).unwrap();
            }
        }
        for effect in effects {
            let Effect::Deliver(delivery) = effect else { panic!("buckets only deliver") };
            let body = String::from_utf8_lossy(&delivery.message.body).into_owned();
            writeln!(transcript, "    ! {} {body}", delivery.to).unwrap();
        }
    }

    fn apply(&mut self, command: Command) -> (Result<Reply, Error>, Vec<Effect>) {
        let encoded = kernel::codec::to_bytes(&command);
        assert_eq!(kernel::codec::from_bytes::<Command>(&encoded), command, "a command is logged");
        let facts = command.foreign().into_iter().map(|about| Fact {
            exists: !about.resource().contains("gone"),
            about,
            detail: None,
        });
        let facts = Facts(facts.collect());
        let before = self.rows.clone();
        self.position += 1;
        let at = self.at();
        let bodies: &mut dyn Bodies = &mut self.bodies;
        let mut turn = Turn::new(at, &facts, &mut self.rows, bodies);
        let result = self.state.apply(&mut turn, command);
        let effects = turn.take_effects();
        if result.is_err() {
            assert_eq!(before, self.rows, "a refusal changes nothing");
            assert!(effects.is_empty(), "a refusal has no effect");
        }
        let reloaded = State::load(&self.rows);
        assert_eq!(format!("{reloaded:?}"), format!("{:?}", self.state), "rows and state agree");
        let result = result.map(|outcome| match outcome {
            Outcome::Done(reply) => reply,
            Outcome::Wait(_) => panic!("nothing here waits"),
        });
        (result, effects)
    }

    fn read(&self, query: Query) -> Result<Reply, Error> {
        let look = Look { now: self.now, at: self.at(), rows: &self.rows, bodies: &self.bodies };
        let reply = self.state.read(&look, query.clone())?;
        Ok(merge(&query, vec![reply]))
    }

    fn requester(&self) -> Requester {
        Requester {
            account: account(self.account),
            expected_bucket_owner: None,
            principal_id: format!("AWS:{}", account(self.account)),
            source_ip: "127.0.0.1".to_owned(),
            request_id: "REQUEST".to_owned(),
            host_id: "HOST".to_owned(),
        }
    }

    fn upload(&self, name: &str) -> UploadId {
        self.uploads[name]
    }

    fn body(&mut self, word: Option<&&str>) -> (NewBody, [u8; 16]) {
        let text = word.copied().unwrap_or_default();
        let body = match text.strip_prefix("blob:") {
            Some(size) => {
                self.blobs += 1;
                NewBody::Blob(BlobId([self.blobs; BlobId::BYTES]), size.parse().unwrap())
            }
            None => NewBody::Inline(bytes::Bytes::copy_from_slice(text.as_bytes())),
        };
        (body, md5(text.as_bytes()))
    }

    fn command(&mut self, words: &[&str]) -> Command {
        let requester = self.requester();
        if words[0] == "forget" {
            return Command::ForgetBlobs(
                doomed(&self.rows).into_iter().map(|doomed| doomed.blob).collect(),
            );
        }
        let bucket = BucketName::parse(words[1]).unwrap();
        let key = || ObjectKey::parse(words[2]).unwrap();
        match words[0] {
            "create" => Command::CreateBucket(CreateBucket {
                requester,
                bucket,
                endpoint: Region::parse(words.get(2).unwrap_or(&"us-east-1")).unwrap(),
                location: words.get(3).map(|word| (*word).to_owned()),
            }),
            "delete-bucket" => Command::DeleteBucket(DeleteBucket { requester, bucket }),
            "notify" => {
                Command::PutBucketNotificationConfiguration(rules(requester, bucket, words))
            }
            "put" => {
                let (body, md5) = self.body(words.get(3));
                Command::PutObject(PutObject {
                    requester,
                    bucket,
                    key: key(),
                    checksum: Algorithm::Crc64Nvme.checksum(&md5),
                    body,
                    md5,
                    metadata: Metadata::default(),
                    condition: write_condition(words),
                    change: if words.contains(&"copy") { Change::Copy } else { Change::Put },
                })
            }
            "delete" => Command::DeleteObject(DeleteObject {
                requester,
                bucket,
                key: key(),
                if_match: option(words, "if-match:").map(etag),
            }),
            "delete-many" => Command::DeleteObjects(DeleteObjects {
                requester,
                bucket,
                keys: words[2..]
                    .iter()
                    .map(|word| match word.split_once('=') {
                        Some((key, tag)) => {
                            KeyToDelete { key: key.to_owned(), if_match: Some(etag(tag)) }
                        }
                        None => KeyToDelete { key: (*word).to_owned(), if_match: None },
                    })
                    .collect(),
            }),
            _ => self.upload_command(requester, bucket, words),
        }
    }

    fn upload_command(
        &mut self,
        requester: Requester,
        bucket: BucketName,
        words: &[&str],
    ) -> Command {
        let key = || ObjectKey::parse(words[2]).unwrap();
        match words[0] {
            "begin" => Command::CreateMultipartUpload(CreateMultipartUpload {
                requester,
                bucket,
                key: key(),
                metadata: Metadata::default(),
                algorithm: None,
                checksum_type: None,
            }),
            "part" => {
                let (body, md5) = self.body(words.get(5));
                Command::UploadPart(UploadPart {
                    requester,
                    bucket,
                    key: key(),
                    upload: self.upload(words[3]),
                    number: words[4].parse().unwrap(),
                    checksum: Algorithm::Crc64Nvme.checksum(&md5),
                    body,
                    md5,
                    extra_checksum: None,
                })
            }
            "complete" => {
                let parts = words[4..].iter().map(|word| {
                    let number = word.parse().unwrap();
                    let etag = self.etags.get(&(words[3].to_owned(), number)).cloned();
                    CompletedPart { number, etag: etag.unwrap_or_default(), checksum: None }
                });
                Command::CompleteMultipartUpload(CompleteMultipartUpload {
                    requester,
                    bucket,
                    key: key(),
                    upload: self.upload(words[3]),
                    parts: parts.collect(),
                    condition: WriteCondition::None,
                    checksum: None,
                    checksum_type: None,
                    object_size: None,
                })
            }
            "abort" => Command::AbortMultipartUpload(AbortMultipartUpload {
                requester,
                bucket,
                key: key(),
                upload: self.upload(words[3]),
            }),
            other => panic!("unknown verb {other}"),
        }
    }

    fn query(&self, words: &[&str]) -> Option<Query> {
        let requester = self.requester();
        let text = |name| option(words, name).unwrap_or_default().to_owned();
        let limit = || option(words, "limit:").map_or(1_000, |limit| limit.parse().unwrap());
        let after = || option(words, "after:").map(str::to_owned);
        let key = || ObjectKey::parse(words[2]).unwrap();
        let bucket = words.get(1).and_then(|name| BucketName::parse(name).ok());
        Some(match (words[0], bucket) {
            ("list-buckets", _) => Query::ListBuckets(ListBuckets {
                requester,
                prefix: String::new(),
                region: None,
                after: None,
                limit: None,
            }),
            ("bucket", Some(bucket)) => Query::GetBucket(GetBucket { requester, bucket }),
            ("get", Some(bucket)) => Query::GetObject(GetObject {
                requester,
                bucket,
                key: key(),
                conditions: read_conditions(words),
                selection: selection(words),
            }),
            ("list", Some(bucket)) => Query::ListObjects(ListObjects {
                requester,
                bucket,
                prefix: text("prefix:"),
                delimiter: text("delimiter:"),
                after: after(),
                limit: limit(),
            }),
            ("parts", Some(bucket)) => Query::ListParts(ListParts {
                requester,
                bucket,
                key: key(),
                upload: self.upload(words[3]),
                after: 0,
                limit: limit(),
            }),
            ("uploads", Some(bucket)) => Query::ListMultipartUploads(ListMultipartUploads {
                requester,
                bucket,
                prefix: text("prefix:"),
                delimiter: text("delimiter:"),
                after_key: after(),
                after_upload: option(words, "upload:").map(|name| self.upload(name)),
                limit: limit(),
            }),
            _ => return None,
        })
    }
}

fn account(number: u64) -> AccountId {
    AccountId::parse(&format!("{number:012}")).unwrap()
}

fn option<'w>(words: &[&'w str], name: &str) -> Option<&'w str> {
    words.iter().find_map(|word| word.strip_prefix(name))
}

fn etag(text: &str) -> ETagMatch {
    if text == "*" { ETagMatch::Any } else { ETagMatch::One(text.to_owned()) }
}

fn write_condition(words: &[&str]) -> WriteCondition {
    match option(words, "if-match:") {
        Some(tag) => WriteCondition::Matches(etag(tag)),
        None if words.contains(&"if-none-match") => WriteCondition::IsAbsent,
        None => WriteCondition::None,
    }
}

fn read_conditions(words: &[&str]) -> ReadConditions {
    let time = |name| option(words, name).map(|millis| Timestamp(millis.parse().unwrap()));
    ReadConditions {
        if_match: option(words, "if-match:").map(etag),
        if_none_match: option(words, "if-none-match:").map(etag),
        if_modified_since: time("if-modified-since:"),
        if_unmodified_since: time("if-unmodified-since:"),
    }
}

fn selection(words: &[&str]) -> Selection {
    if let Some(number) = option(words, "part:") {
        return Selection::Part(number.parse().unwrap());
    }
    let Some(range) = option(words, "bytes=") else { return Selection::Whole };
    let (first, last) = range.split_once('-').unwrap();
    Selection::Range(match first {
        "" => RangeSpec::Suffix { length: last.parse().unwrap() },
        first => RangeSpec::From { first: first.parse().unwrap(), last: last.parse().ok() },
    })
}

fn rules(
    requester: Requester,
    bucket: BucketName,
    words: &[&str],
) -> PutBucketNotificationConfiguration {
    let trusted = words.contains(&"trusted");
    let rules = words[2..].split(|word| *word == ";").filter(|rule| !rule.is_empty());
    let rules = rules.enumerate().map(|(index, rule)| {
        let target = match rule[0].split_once(':') {
            Some(("queue", name)) => format!("arn:aws:sqs:us-east-1:000000000001:{name}"),
            Some(("function", name)) => {
                format!("arn:aws:lambda:us-east-1:000000000001:function:{name}")
            }
            Some(("topic", name)) => format!("arn:aws:sns:us-east-1:000000000001:{name}"),
            _ => rule[0].to_owned(),
        };
        let (kinds, filter) = rule[1..]
            .iter()
            .filter(|word| **word != "trusted")
            .partition::<Vec<&str>, _>(|word| word.starts_with("s3:"));
        NewRule {
            id: Some(format!("rule-{index}")),
            target_kind: Arn::parse(&target)
                .and_then(|target| TargetKind::of(&target))
                .unwrap_or(TargetKind::Queue),
            target,
            kinds: kinds.into_iter().map(str::to_owned).collect(),
            filter: filter
                .into_iter()
                .map(|word| word.split_once(':').unwrap())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    });
    PutBucketNotificationConfiguration {
        requester,
        bucket,
        rules: rules.collect(),
        destinations: if trusted { Destinations::Trusted } else { Destinations::Validated },
    }
}

fn show(reply: &Reply) -> String {
    match reply {
        Reply::Done => "done".to_owned(),
        Reply::Buckets(buckets) => {
            let names =
                buckets.entries.iter().map(|entry| format!("{}/{}", entry.region, entry.name));
            format!("buckets: {:?}", names.collect::<Vec<_>>())
        }
        Reply::Bucket(bucket) => {
            let rules = bucket.notifications.iter().map(show_rule).collect::<Vec<_>>();
            format!("{} {} [{}]", bucket.owner, bucket.region, rules.join(", "))
        }
        Reply::Stored { etag, size, .. } => format!("stored {etag} size {size}"),
        Reply::Object(view) => {
            let slices: Vec<String> = view.slices.iter().map(show_slice).collect();
            let range = view.range.map(|range| format!(" {}-{}", range.first, range.last));
            let (size, etag) = (view.object.size, view.object.etag);
            format!("{etag} size {size}{} [{}]", range.unwrap_or_default(), slices.join(" "))
        }
        Reply::Deleted(keys) => {
            let keys = keys.iter().map(|deleted| match &deleted.result {
                Ok(()) => deleted.key.clone(),
                Err(error) => format!("{}: {}", deleted.key, error.wire().shape),
            });
            keys.collect::<Vec<_>>().join(", ")
        }
        Reply::Objects(objects) => {
            let keys = objects.entries.iter().map(|entry| entry.key.clone());
            format!(
                "{} | {} | next {:?}",
                keys.collect::<Vec<_>>().join(" "),
                objects.common_prefixes.join(" "),
                objects.next
            )
        }
        Reply::UploadCreated(id) => id.to_string(),
        Reply::Upload(upload) => format!("{upload:?}"),
        Reply::Parts(parts) => {
            let parts = parts.entries.iter().map(|part| format!("{}:{}", part.number, part.size));
            parts.collect::<Vec<_>>().join(" ")
        }
        Reply::Uploads(uploads) => {
            let entries = uploads.entries.iter().map(|entry| {
                format!("{}@{}", entry.key, u64::from_be_bytes(entry.id.0[..8].try_into().unwrap()))
            });
            format!(
                "{} | {} | next {:?}",
                entries.collect::<Vec<_>>().join(" "),
                uploads.common_prefixes.join(" "),
                uploads.next.as_ref().map(|(key, _)| key)
            )
        }
    }
}

fn show_rule(rule: &Rule) -> String {
    format!("{} {} {:?} {:?} {:?}", rule.id, rule.target, rule.kinds, rule.prefix, rule.suffix)
}

fn show_slice(slice: &Slice) -> String {
    match slice {
        Slice::Inline(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Slice::Blob { blob, offset, length } => format!("blob:{}+{offset}..{length}", blob.0[0]),
    }
}
