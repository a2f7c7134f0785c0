//! The nouns of Lambda: functions, their configuration and code, asynchronous invocations and
//! event source mappings, as rows hold them.
//!
//! # Invariants
//!
//! - A [`FunctionId`] names a legal function; whether it exists is the state's question.
//! - Code is named by the SHA-256 of its package: two functions with the same bytes share a blob.
//! - The two last bytes of a mapping's UUID are the number of the partition that holds it, so
//!   that a request that knows nothing but the UUID can be routed.

use kernel::{AccountId, Arn, At, PARTITION_COUNT, PartitionId, Region, Service, Timestamp, Uuid};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::fmt;
use tidemill_kernel as kernel;

/// A function's full name: what its rows are keyed by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct FunctionId {
    #[n(0)]
    pub account: AccountId,
    #[n(1)]
    pub region: Region,
    #[n(2)]
    pub name: String,
}

impl FunctionId {
    /// Longest function name, in bytes.
    pub const NAME_LENGTH_MAX: usize = 64;

    /// Reads a function's ARN. A qualifier other than `$LATEST` names nothing we have.
    #[must_use]
    pub fn from_arn(arn: &Arn) -> Option<FunctionId> {
        let mut resource = arn.resource().split(':');
        let is_function = arn.service() == Some(Service::Lambda)
            && resource.next() == Some("function")
            && resource.next().is_some()
            && matches!(resource.next(), None | Some("$LATEST"))
            && resource.next().is_none();
        if !is_function {
            return None;
        }
        Some(FunctionId {
            account: AccountId::parse(arn.account())?,
            region: Region::parse(arn.region())?,
            name: arn.resource_name().to_owned(),
        })
    }

    #[must_use]
    pub fn arn(&self) -> Arn {
        Arn::function(&self.region, self.account, &self.name)
    }

    #[must_use]
    pub fn partition(&self) -> PartitionId {
        PartitionId::of(self.account, &self.region, Service::Lambda, &self.name)
    }

    pub(crate) fn row_key(&self) -> Vec<u8> {
        format!("{}{}", FunctionId::row_prefix(self.account, &self.region), self.name).into_bytes()
    }

    /// What the row keys of all functions of an account and region start with.
    pub(crate) fn row_prefix(account: AccountId, region: &Region) -> String {
        format!("{account}/{region}/")
    }
}

impl fmt::Debug for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.arn())
    }
}

/// What a function is run by.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Runtime {
    /// `python3.N`.
    #[n(0)]
    Python(#[n(0)] u8),
    /// The package brings its own `bootstrap`. The three names differ in AWS's base image only.
    #[n(1)]
    Provided,
    #[n(2)]
    ProvidedAl2,
    #[n(3)]
    ProvidedAl2023,
}

impl Runtime {
    /// `None` for runtimes that AWS may have and we do not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Runtime> {
        match text {
            "provided" => Some(Runtime::Provided),
            "provided.al2" => Some(Runtime::ProvidedAl2),
            "provided.al2023" => Some(Runtime::ProvidedAl2023),
            _ => {
                let minor = text.strip_prefix("python3.")?.parse().ok()?;
                let runtime = Runtime::Python(minor);
                (runtime.to_string() == text).then_some(runtime)
            }
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Python(minor) => write!(f, "python3.{minor}"),
            Runtime::Provided => f.write_str("provided"),
            Runtime::ProvidedAl2 => f.write_str("provided.al2"),
            Runtime::ProvidedAl2023 => f.write_str("provided.al2023"),
        }
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Architecture {
    #[n(0)]
    X86_64,
    #[n(1)]
    Arm64,
}

impl Architecture {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Architecture::X86_64 => "x86_64",
            Architecture::Arm64 => "arm64",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Architecture> {
        [Architecture::X86_64, Architecture::Arm64].into_iter().find(|known| known.as_str() == text)
    }
}

/// What a function's owner chose, apart from its code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Configuration {
    #[n(0)]
    pub runtime: Runtime,
    #[n(1)]
    pub role: String,
    #[n(2)]
    pub handler: String,
    #[n(3)]
    pub description: String,
    #[n(4)]
    pub timeout_seconds: u32,
    #[n(5)]
    pub memory_megabytes: u32,
    #[n(6)]
    pub environment: BTreeMap<String, String>,
}

/// A package among the blobs, named by its content.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Code {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub sha256: [u8; 32],
    /// Bytes of the zip file.
    #[n(1)]
    pub size: u64,
    /// BLAKE3 of the zip file: the blob's name, shared by all who have the same package.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub blob: [u8; 32],
}

impl Code {
    /// The package's name for people and directories: its SHA-256 in hexadecimal.
    #[must_use]
    pub fn name(&self) -> String {
        kernel::hex::encode(&self.sha256)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.8}…({} B)", self.name(), self.size)
    }
}

/// One statement of a function's resource policy, as `AddPermission` wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    #[n(0)]
    pub sid: String,
    #[n(1)]
    pub json: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Function {
    #[n(0)]
    pub id: FunctionId,
    /// Distinguishes a function from a deleted one of the same name.
    #[n(1)]
    pub born: u64,
    #[n(2)]
    pub configuration: Configuration,
    #[n(3)]
    pub architecture: Architecture,
    #[n(4)]
    pub code: Code,
    #[n(5)]
    pub last_modified: Timestamp,
    #[n(6)]
    pub revision: Uuid,
    #[n(7)]
    pub tags: BTreeMap<String, String>,
    #[n(8)]
    pub policy: Vec<Statement>,
    #[n(9)]
    pub reserved_concurrency: Option<u32>,
}

/// An asynchronous invocation that is not done. Its payload is a row of its own, so that a retry
/// does not rewrite it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Invocation {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub born: u64,
    #[n(2)]
    pub received_at: Timestamp,
    /// The token of the latest attempt. A completion that carries another is stale.
    #[n(3)]
    pub attempt: u32,
    /// Attempts that ended in an error of the function.
    #[n(4)]
    pub failures: u32,
    /// Attempts that never reached the function, since one did.
    #[n(5)]
    pub throttles: u32,
    #[n(6)]
    pub stage: Stage,
    /// What it was sent by, when it was no caller of the API.
    #[n(7)]
    pub source: Option<Arn>,
}

/// Where an asynchronous invocation is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Stage {
    /// Handed to the executor.
    #[n(0)]
    Running,
    #[n(1)]
    Waiting {
        #[n(0)]
        until: Timestamp,
    },
}

/// How an attempt ended, as the executor saw it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Completion {
    #[n(0)]
    Succeeded,
    /// The handler raised, exited, timed out or ran out of memory.
    #[n(1)]
    FunctionError(#[n(0)] String),
    /// It did not run: no concurrency was free, or this server could not start it.
    #[n(2)]
    NotRun(#[n(0)] String),
    /// The function is gone or is another one by now.
    #[n(3)]
    FunctionGone,
}

/// Asynchronous invocations of a function that were given up.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Dropped {
    #[n(0)]
    pub count: u64,
    #[n(1)]
    pub last: Uuid,
    #[n(2)]
    pub last_at: Timestamp,
    #[n(3)]
    pub last_reason: String,
}

/// A queue whose messages a function is invoked with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Mapping {
    #[n(0)]
    pub uuid: Uuid,
    #[n(1)]
    pub function: FunctionId,
    #[n(2)]
    pub queue: Arn,
    #[n(3)]
    pub options: MappingOptions,
    #[n(4)]
    pub last_modified: Timestamp,
    #[n(5)]
    pub tags: BTreeMap<String, String>,
}

impl Mapping {
    #[must_use]
    pub fn arn(&self) -> Arn {
        Arn::new(
            Service::Lambda,
            &self.function.region,
            self.function.account,
            &format!("event-source-mapping:{}", self.uuid),
        )
    }
}

/// What a mapping's owner may change.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MappingOptions {
    #[n(0)]
    pub enabled: bool,
    #[n(1)]
    pub batch_size: u32,
    #[n(2)]
    pub window_seconds: u32,
    /// `FunctionResponseTypes` holds `ReportBatchItemFailures`.
    #[n(3)]
    pub reports_batch_item_failures: bool,
    #[n(4)]
    pub maximum_concurrency: Option<u32>,
}

/// Draws a mapping's UUID: random, but for the two bytes that name its partition.
pub(crate) fn draw_mapping_uuid(at: &At) -> Uuid {
    let Uuid(mut bytes) = at.random().next_uuid();
    let [.., high, low] = &mut bytes;
    [*high, *low] = at.partition.0.to_be_bytes();
    Uuid(bytes)
}

/// The partition that holds the mapping, read from its UUID; `None` when we never drew it.
#[must_use]
pub fn mapping_partition(uuid: Uuid) -> Option<PartitionId> {
    let Uuid([.., high, low]) = uuid;
    let number = u16::from_be_bytes([high, low]);
    (number < PARTITION_COUNT).then_some(PartitionId(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use kernel::{Position, Secret};

    #[test]
    fn a_mapping_uuid_names_its_partition() {
        for partition in PartitionId::all() {
            let at =
                At { now: Timestamp(5), partition, position: Position(9), secret: Secret([7; 32]) };
            let uuid = draw_mapping_uuid(&at);
            assert_eq!(mapping_partition(uuid), Some(partition));
            assert_eq!(Uuid::parse(&uuid.to_string()), Some(uuid));
        }
        assert_eq!(mapping_partition(Uuid([0xff; 16])), None);
    }

    #[test]
    fn only_the_runtimes_we_run_are_read() {
        let read: Vec<_> = [
            "python3.11",
            "python3.011",
            "python3.",
            "python2.7",
            "provided",
            "provided.al2",
            "provided.al2023",
            "nodejs22.x",
        ]
        .into_iter()
        .map(Runtime::parse)
        .collect();
        expect!["[Some(python3.11), None, None, None, Some(provided), Some(provided.al2), Some(provided.al2023), None]"]
            .assert_eq(&format!("{read:?}"));
    }

    #[test]
    fn a_function_arn_is_read_back() {
        let read = |text: &str| Arn::parse(text).as_ref().and_then(FunctionId::from_arn);
        let plain = "arn:aws:lambda:us-east-1:000000000000:function:resize";
        let id = read(plain).expect("legal");
        assert_eq!(id.arn().as_str(), plain);
        assert_eq!(read(&format!("{plain}:$LATEST")), Some(id));
        assert_eq!(read(&format!("{plain}:live")), None);
        assert_eq!(read("arn:aws:sqs:us-east-1:000000000000:resize"), None);
    }
}
