//! One core on a disk in memory, asked through the real codecs and answered when it is durable.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tidemill_aws::{HttpRequest, HttpResponse, Protocol, WireError};
use tidemill_kernel::{Arn, Fact, Facts, Millis, PartitionId, Signing, Timestamp, Uuid, codec};
use tidemill_node::core::{Answer, Core, Letter, Ticket};
use tidemill_services::lambda::{
    self, Architecture, Code, FunctionId, Host, Job, Request as LambdaRequest,
};
use tidemill_services::s3::checksums::md5;
use tidemill_services::s3::model::{BlobId, ETag, UploadId};
use tidemill_services::s3::{self, Slice};
use tidemill_services::sqs::{MessageState, Peek, QueueKey, Record};
use tidemill_services::{Command, Entry, Query, Reply, Work, iam, logs, sns, sqs};
use tidemill_sim::{objects, wire};
use tidemill_store::disk::Disk;
use tidemill_store::{Batch, Blobs, Checkpointer, MemoryDisk, Options, Wal};

pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000);
const DATA: &str = "/data";
/// Messages that a peek shows of each queue.
const PEEKED: usize = 12;

/// A caller that waits for ever.
#[derive(Clone, Copy, Debug)]
struct Caller;

impl Ticket for Caller {
    fn is_gone(&self) -> bool {
        false
    }
}

pub(crate) struct Machine {
    core: Core<Caller>,
    wal: Wal,
    checkpointer: Checkpointer,
    blobs: Blobs,
    now: Timestamp,
}

fn options() -> Options {
    Options {
        segment_bytes: 256 << 10,
        checkpoint_wal_bytes: 256 << 10,
        row_file_bytes: 16 << 10,
        body_segment_bytes: 256 << 10,
        created_at: START,
        ..Options::default()
    }
}

impl Machine {
    pub(crate) fn start(disk: &MemoryDisk) -> Machine {
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let blobs = Blobs::open(Arc::clone(&disk), Path::new(DATA), [9; 32]).expect("it opens");
        let opened = tidemill_store::open(disk, Path::new(DATA), options(), || [7; 32]);
        let opened = opened.expect("a golden directory opens");
        let mut core = Core::load(opened.secret, opened.partitions);
        let mut replay = opened.replay;
        while let Some(batch) = replay.next().expect("a golden log is whole") {
            core.replay(&batch);
        }
        tidemill_node::sweep_leftovers(&blobs, |visit| core.visit_blobs(visit)).expect("it sweeps");
        let now = START.max(core.now());
        let _invokes = core.recover(now);
        let (wal, checkpointer) = (opened.wal, opened.checkpointer);
        let mut machine = Machine { core, wal, checkpointer, blobs, now };
        machine.settle();
        machine
    }

    /// Time passes, and what is due is done.
    pub(crate) fn pass(&mut self, time: Millis) {
        self.now = self.now.plus(time);
        // A task that moves messages takes a step at a time.
        for _ in 0..64 {
            if self.core.next_due().is_none_or(|due| due > self.now) {
                break;
            }
            self.core.advance(self.now);
            self.settle();
        }
    }

    /// Until nobody waits for the log: rounds are written, and letters arrive.
    fn settle(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        for _ in 0..10_000 {
            let mut letters: Vec<Letter> = self.core.take_letters();
            letters.drain(..).for_each(|letter| self.core.receive(self.now, letter));
            self.sign();
            let Some(mut round) = self.core.seal() else { return answers };
            let batches: Vec<Batch> = std::mem::take(&mut round.batches);
            if !batches.is_empty() {
                self.wal.append(&batches).expect("an honest disk");
            }
            answers.extend(round.replies.drain(..).map(|answered| answered.answer));
            self.core.durable(self.now, round.number);
        }
        panic!("it never comes to rest");
    }

    /// What topics tell is signed at once.
    fn sign(&mut self) {
        let signings: Vec<(PartitionId, Signing)> = self.core.take_signings();
        for (partition, signing) in signings {
            let signatures = signing.digests.iter().map(|_| "signature".to_owned()).collect();
            let signed = sns::Signed::new(&signing, "certificate".to_owned(), signatures);
            self.propose(partition, Command::Sns(sns::Command::Signed(signed)));
        }
    }

    fn propose(&mut self, partition: PartitionId, command: Command) {
        let facts = command.foreign().into_iter().map(|about| self.look_up(about)).collect();
        let entry = Entry { command, facts: Facts(facts) };
        let bytes = codec::to_bytes(&entry);
        self.core.propose(self.now, partition, entry, bytes, Caller);
    }

    fn look_up(&mut self, about: Arn) -> Fact {
        let place = PartitionId::of_arn(&about);
        let answer =
            place.and_then(|id| self.core.ask(self.now, id, Query::Fact(about.clone())).ok());
        match answer {
            Some(Reply::Fact(fact)) => fact,
            Some(_) | None => Fact { about, exists: false, detail: None },
        }
    }

    /// The answer to a request of a client's.
    fn ask(&mut self, work: Work) -> Answer {
        match work {
            Work::Query(partition, query) => self.core.ask(self.now, partition, query),
            Work::QueryAll(_) => panic!("golden clients ask one partition at a time"),
            Work::Command(partition, command) => {
                self.propose(partition, command);
                self.settle().into_iter().next().expect("a durable command is answered")
            }
        }
    }

    pub(crate) fn sqs(&mut self, operation: &str, input: &Value) -> Value {
        let work = wire::decode(operation, input).expect("a legal request");
        let answer = self.ask(work);
        let what = format!("{operation} {input}");
        wire::encode(operation, answer).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    pub(crate) fn sns(&mut self, operation: &str, input: &Value) -> Value {
        let work = wire::decode_sns(operation, input).expect("a legal request");
        let answer = self.ask(work);
        let what = format!("{operation} {input}");
        wire::encode(operation, answer).unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    pub(crate) fn logs(&mut self, operation: &str, input: &Value) -> Value {
        let request = request("/", Method::POST, &input.to_string());
        let work: Result<Work, WireError> =
            logs::decode(operation, Protocol::Json11, &request, &wire::caller());
        match self.ask(work.expect("a legal request")) {
            Ok(Reply::Logs(reply)) => {
                json(&logs::encode(operation, Protocol::Json11, reply, &wire::caller()))
            }
            other => panic!("{operation} {input}: {other:?}"),
        }
    }

    /// IAM answers in XML.
    pub(crate) fn iam(&mut self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let pairs = parameters
            .iter()
            .map(|(name, value)| format!("&{name}={}", tidemill_aws::percent_encoded(value)));
        let body = format!("Action={operation}{}", pairs.collect::<String>());
        let mut request = request("/", Method::POST, &body);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert("content-type", form);
        let work = iam::decode(operation, Protocol::Query, &request, &wire::caller());
        match self.ask(work.expect("a legal request")) {
            Ok(Reply::Iam(reply)) => {
                let response = iam::encode(operation, Protocol::Query, reply, &wire::caller());
                String::from_utf8_lossy(&response.body).into_owned()
            }
            other => panic!("{operation}: {other:?}"),
        }
    }

    /// `target` is the method and the path.
    pub(crate) fn lambda(&mut self, operation: &str, target: &str, input: &Value) -> Value {
        let (method, path) = target.split_once(' ').expect("a method and a path");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let body = if method == Method::GET { String::new() } else { input.to_string() };
        let request = request(path, method, &body);
        let job = lambda::decode(operation, Protocol::RestJson, &request, &wire::caller());
        let work = match job.expect("a legal request") {
            Job::Work(work) => work,
            Job::Request(LambdaRequest::Deploy(deploy)) => {
                // What the node would have stored.
                let code =
                    deploy.package().map(|_| Code { sha256: [1; 32], size: 4, blob: [2; 32] });
                let command = deploy.finish(code, Host { architecture: Architecture::X86_64 });
                Work::Command(function("f").partition(), Command::Lambda(Box::new(command)))
            }
            Job::Request(_) => panic!("golden clients ask for nothing that the node does first"),
        };
        match self.ask(work) {
            Ok(Reply::Lambda(reply)) => {
                json(&lambda::encode(operation, Protocol::RestJson, reply, &wire::caller()))
            }
            other => panic!("{operation} {input}: {other:?}"),
        }
    }

    /// Begins an asynchronous run, which never ends.
    pub(crate) fn invoke(&mut self, name: &str, payload: &'static [u8]) {
        let command = lambda::Command::InvokeAsync {
            function: function(name),
            invocation: Uuid([5; 16]),
            payload: Bytes::from_static(payload),
        };
        let place = function(name).partition();
        let answer = self.ask(Work::Command(place, Command::Lambda(Box::new(command))));
        answer.expect("there is the function");
    }

    /// An object in the log, one in a blob, one of parts; and an upload that has begun.
    pub(crate) fn put_objects(&mut self) {
        self.command(objects::create());
        self.command(objects::announce("back"));
        self.command(objects::put("small"));
        let data = b"a line of an object in a blob\n".repeat(400);
        let blob = self.blob(&data);
        self.command(objects::put_blob("large", &data, blob));
        let part = b"a line of a part\n".repeat(300);
        let upload = self.begin("whole");
        let blob = self.blob(&part);
        self.command(objects::upload_part("whole", upload, &part, blob));
        let etag = ETag::of_md5(md5(&part)).to_string();
        self.command(objects::complete_upload("whole", upload, etag));
    }

    /// What is only in the log.
    pub(crate) fn put_more_objects(&mut self) {
        let part = b"a line of a part that waits\n".repeat(300);
        let upload = self.begin("begun");
        let blob = self.blob(&part);
        self.command(objects::upload_part("begun", upload, &part, blob));
        self.command(objects::put("late"));
        self.command(objects::delete("small"));
    }

    fn command(&mut self, work: Work) -> Reply {
        self.ask(work).expect("it may be asked")
    }

    fn begin(&mut self, key: &str) -> UploadId {
        let reply = self.command(objects::create_upload(key));
        let Reply::S3(s3::Reply::UploadCreated(id)) = reply else { panic!("{reply:?}") };
        id
    }

    fn blob(&mut self, data: &[u8]) -> BlobId {
        let mut writer = self.blobs.create().expect("an honest disk");
        writer.append(data).expect("an honest disk");
        let stored = writer.publish_unique().expect("an honest disk");
        let mut bytes = [0; BlobId::BYTES];
        let (content, unique) = bytes.split_at_mut(stored.content.len());
        content.copy_from_slice(&stored.content);
        unique.copy_from_slice(&stored.unique);
        BlobId(bytes)
    }

    /// Each object with what it holds.
    pub(crate) fn objects(&mut self) -> Vec<String> {
        ["small", "large", "whole", "late", "begun"].map(|key| self.object(key)).into()
    }

    fn object(&mut self, key: &str) -> String {
        let (partition, query) = objects::get(key);
        let Ok(Reply::S3(s3::Reply::Object(view))) = self.core.ask(self.now, partition, query)
        else {
            return format!("object {key}: none");
        };
        let mut bytes = Vec::new();
        for slice in view.slices {
            match slice {
                Slice::Inline(inline) => bytes.extend_from_slice(&inline),
                Slice::Blob { blob, offset, length } => {
                    let mut part = vec![0; usize::try_from(length).expect("it is short")];
                    let opened = self.blobs.open_blob(tidemill_node::stored(blob));
                    opened.expect("it is there").read_exact_at(&mut part, offset).expect("whole");
                    bytes.append(&mut part);
                }
            }
        }
        let first: String = String::from_utf8_lossy(&bytes).chars().take(20).collect();
        format!("object {key}: {} bytes, {} {:?}", bytes.len(), view.object.etag, first)
    }

    /// The first messages of a queue, as a peek shows them.
    pub(crate) fn peek(&mut self, queue: &str) -> Vec<String> {
        let caller = wire::caller();
        let queue =
            QueueKey { account: caller.account, region: caller.region, name: queue.to_owned() };
        let partition = queue.partition();
        let states: Vec<MessageState> = Vec::new();
        let peek = Peek { queue, from: 1, states, group: None, limit: PEEKED };
        let answer = self.core.ask(self.now, partition, Query::Sqs(sqs::Query::Peek(peek)));
        let Ok(Reply::Sqs(sqs::Reply::Peeked(page))) = answer else { panic!("{answer:?}") };
        let shown = page.messages.iter().map(|message| {
            let record = Record::decode(&message.body.read());
            let attributes = record.attributes.iter().map(|attribute| attribute.name.as_str());
            format!(
                "  {} {} received {} priority {} due +{} {:?} {:?}",
                message.position,
                message.state.as_str(),
                message.receive_count,
                message.priority,
                message.due.since(message.sent).0,
                attributes.collect::<Vec<_>>(),
                record.body.chars().take(60).collect::<String>(),
            )
        });
        shown.collect()
    }

    /// What the function is still to be run for.
    pub(crate) fn runs(&mut self) -> Vec<String> {
        let place = function("f").partition();
        let query = Query::Lambda(lambda::Query::Counts);
        let answer = self.core.ask(self.now, place, query);
        let Ok(Reply::Lambda(lambda::Reply::Counts(counts))) = answer else {
            panic!("counts are answered with counts: {answer:?}")
        };
        let query = lambda::Query::Attempt { invocation: Uuid([5; 16]), attempt: 1 };
        let attempt = match self.core.ask(self.now, place, Query::Lambda(query)) {
            Ok(Reply::Lambda(lambda::Reply::Attempt(Some(found)))) => {
                String::from_utf8_lossy(&found.payload).into_owned()
            }
            other => format!("{other:?}"),
        };
        vec![format!("runs: {} under way, one for {attempt}", counts.invocations_pending)]
    }

    pub(crate) fn checkpoint(&mut self) {
        self.settle();
        let mut checkpointed = self.core.applied();
        for frozen in self.core.freeze() {
            let written = self.checkpointer.write(frozen).expect("an honest disk");
            for (id, position) in &mut checkpointed {
                if *id == written.partition() {
                    *position = written.applied();
                }
            }
            self.core.install(written);
        }
        self.wal.recycle(&checkpointed).expect("an honest disk");
        self.settle();
    }
}

fn function(name: &str) -> FunctionId {
    let caller = wire::caller();
    FunctionId { account: caller.account, region: caller.region, name: name.to_owned() }
}

fn request(path: &str, method: Method, body: &str) -> HttpRequest {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/x-amz-json-1.1"));
    let (path, query) = (path.to_owned(), String::new());
    HttpRequest { method, path, query, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn json(response: &HttpResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}
