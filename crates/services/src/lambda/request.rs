//! What the node's functions module must do before, or instead of, proposing a command.
//!
//! Three things cannot be decided from the request and the state alone: what is in a package
//! (bytes that go to the package store, not to the log), what this host can run, and what the
//! queue of a mapping says of itself when the request names the mapping only. So `decode` yields a
//! [`Request`] for those operations, and the node finishes it:
//!
//! ```text
//! Deploy { package, change } ── store the package ──▶ Code ── finish(code, host) ──▶ Command
//! Invoke                     ── Query::Function, permit, run ──▶ Reply::Invoked
//! UpdateMapping              ── Query::Mapping ──▶ its queue ── finish(queue) ──▶ Command
//! ```

use super::create_function::CreateFunction;
use super::model::{Architecture, Code, Configuration, FunctionId, Runtime};
use super::update_event_source_mapping::MappingChange;
use super::update_function_code::UpdateFunctionCode;
use super::update_function_configuration::UpdateFunctionConfiguration;
use super::{Command, Error, MappingId};
use bytes::Bytes;
use kernel::{Arn, Uuid};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// Largest package sent in a request or fetched from a bucket, in bytes, zipped.
pub const PACKAGE_BYTES_MAX: usize = 50 * 1024 * 1024;
/// Largest package once unpacked, in bytes.
pub const UNPACKED_BYTES_MAX: u64 = 250 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    Deploy(Deploy),
    Invoke(Invoke),
    UpdateMapping(UpdateMapping),
}

/// A change of a mapping that does not know the mapping's queue yet.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateMapping {
    pub mapping: MappingId,
    pub change: MappingChange,
}

impl UpdateMapping {
    /// The command, for the mapping's partition.
    #[must_use]
    pub fn finish(self, queue: Arn) -> Command {
        let UpdateMapping { mapping, change } = self;
        let change = MappingChange { queue: Some(queue), ..change };
        Command::UpdateEventSourceMapping { mapping, change }
    }
}

/// A synchronous invocation: `InvocationType` RequestResponse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoke {
    pub function: FunctionId,
    /// The request's id: the handler's, the log lines' and the answer's.
    pub invocation: Uuid,
    pub payload: Bytes,
    /// `X-Amz-Client-Context`, decoded: a JSON object.
    pub client_context: Option<String>,
    pub wants_log_tail: bool,
    /// The caller wrote `$LATEST`, and so does the ARN that the handler sees.
    pub is_qualified: bool,
}

/// A change of code or runtime that is missing what only the node knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Deploy {
    pub change: Change,
}

/// Where the bytes of a package are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    Inline(Bytes),
    Object { bucket: String, key: String },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Create {
        function: FunctionId,
        package: Package,
        configuration: Configuration,
        /// `None`: the host's.
        architecture: Option<Architecture>,
        tags: BTreeMap<String, String>,
    },
    Code {
        function: FunctionId,
        package: Package,
        architecture: Option<Architecture>,
        revision: Option<String>,
        is_dry_run: bool,
    },
    /// Has no package, but may name a runtime.
    Configuration(UpdateFunctionConfiguration),
}

/// What the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    pub architecture: Architecture,
}

impl Host {
    fn check_architecture(self, asked: Option<Architecture>) -> Result<(), Error> {
        match asked {
            Some(asked) if asked != self.architecture => Err(Error::Unsupported {
                parameter: "Architectures",
                detail: format!(
                    " with the value {}: this host is {}",
                    asked.as_str(),
                    self.architecture.as_str()
                ),
            }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Deploy {
    #[must_use]
    pub fn function(&self) -> &FunctionId {
        match &self.change {
            Change::Create { function, .. } | Change::Code { function, .. } => function,
            Change::Configuration(change) => &change.function,
        }
    }

    /// The package to store first; `None` when nothing but the host is to be asked.
    #[must_use]
    pub fn package(&self) -> Option<&Package> {
        match &self.change {
            Change::Create { package, .. } | Change::Code { package, .. } => Some(package),
            Change::Configuration(_) => None,
        }
    }

    /// The runtime the host must have; `None` when it stays what it is.
    #[must_use]
    pub fn runtime(&self) -> Option<&Runtime> {
        match &self.change {
            Change::Create { configuration, .. } => Some(&configuration.runtime),
            Change::Code { .. } => None,
            Change::Configuration(change) => change.runtime.as_ref(),
        }
    }

    /// Refuses what this host cannot run, before anything is stored.
    ///
    /// # Errors
    /// [`Error::Unsupported`], naming the parameter.
    pub fn check(&self, host: Host) -> Result<(), Error> {
        match &self.change {
            Change::Create { architecture, .. } | Change::Code { architecture, .. } => {
                host.check_architecture(*architecture)
            }
            Change::Configuration(_) => Ok(()),
        }
    }

    /// The command, for the partition of [`Deploy::function`]. `code` is what the package store
    /// made of [`Deploy::package`].
    ///
    /// # Panics
    /// When there is a package and no `code`.
    #[must_use]
    pub fn finish(self, code: Option<Code>, host: Host) -> Command {
        let stored = "a change with a package is finished with its code";
        match self.change {
            Change::Create { function, configuration, architecture, tags, .. } => {
                Command::CreateFunction(CreateFunction {
                    function,
                    configuration,
                    architecture: architecture.unwrap_or(host.architecture),
                    code: code.expect(stored),
                    tags,
                })
            }
            Change::Code { function, architecture, revision, is_dry_run, .. } => {
                Command::UpdateFunctionCode(UpdateFunctionCode {
                    function,
                    code: code.expect(stored),
                    architecture,
                    revision,
                    is_dry_run,
                })
            }
            Change::Configuration(change) => Command::UpdateFunctionConfiguration(change),
        }
    }
}
