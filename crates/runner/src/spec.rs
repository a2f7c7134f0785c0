//! What a caller hands in and gets back: functions, invocations, outcomes. Data only.

use crate::permits::Permit;
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The largest event and the largest buffered response, in bytes: 6 MiB and Lambda's envelope.
pub const PAYLOAD_BYTES_MAX: usize = 6_291_556;

/// What runs a function's code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Runtime {
    /// A host interpreter of exactly this minor version, such as `3.11`, running our own client.
    Python { version: String },
    /// An executable `bootstrap` in the code directory that speaks the Runtime API itself.
    Provided,
}

impl Runtime {
    /// Reads AWS's name of a runtime; `None` for those that this runner never serves.
    #[must_use]
    pub fn parse(name: &str) -> Option<Runtime> {
        if matches!(name, "provided" | "provided.al2" | "provided.al2023") {
            return Some(Runtime::Provided);
        }
        let minor = name.strip_prefix("python3.")?;
        let is_number = !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Runtime::Python { version: format!("3.{minor}") })
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Python { version } => write!(f, "python{version}"),
            Runtime::Provided => f.write_str("provided"),
        }
    }
}

/// The temporary role credentials a handler finds in its environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}, …)", self.access_key_id)
    }
}

/// One immutable version of a function: everything a sandbox needs to start.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Names this code with this configuration; changes with either. A sandbox serves one key.
    pub key: String,
    pub name: String,
    /// The unqualified ARN; statistics are kept under it.
    pub arn: String,
    /// `$LATEST` or a published number.
    pub version: String,
    pub runtime: Runtime,
    pub handler: String,
    /// The unpacked package. The handler may read it, never write it.
    pub code: PathBuf,
    pub environment: BTreeMap<String, String>,
    pub memory_mb: u32,
    pub timeout: Duration,
    pub credentials: Option<Credentials>,
    pub region: String,
    pub account: String,
    /// Such as `/aws/lambda/resize`.
    pub log_group: String,
}

/// One call of a function.
#[derive(Debug)]
pub struct Invocation {
    /// Taken before the work was: [`crate::Runner::try_permit`].
    pub permit: Permit,
    pub request_id: String,
    pub payload: Bytes,
    /// The client context as JSON text (already decoded from base64).
    pub client_context: Option<String>,
    /// The `X-Amzn-Trace-Id` the function sees.
    pub trace: Option<String>,
    /// The ARN as the caller named it, qualifier included; the function's own ARN when absent.
    pub invoked_arn: Option<String>,
}

/// How a function failed. AWS calls all of these `Unhandled` in `X-Amz-Function-Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The handler raised an exception and the runtime reported it.
    Handler,
    /// The module could not be loaded, or the handler is not in it.
    Init,
    /// The function ran past its timeout.
    Timeout,
    /// The process tree went over its memory limit.
    OutOfMemory,
    /// The runtime exited or was killed by a signal.
    Exit,
    /// The answer was too large or not JSON.
    Response,
    /// Not the function's fault: no sandbox could be started. AWS answers 500 `ServiceException`.
    Sandbox,
}

impl ErrorKind {
    pub const ALL: [ErrorKind; 7] = [
        ErrorKind::Handler,
        ErrorKind::Init,
        ErrorKind::Timeout,
        ErrorKind::OutOfMemory,
        ErrorKind::Exit,
        ErrorKind::Response,
        ErrorKind::Sandbox,
    ];

    /// The label of this kind in metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            ErrorKind::Handler => "handler",
            ErrorKind::Init => "init",
            ErrorKind::Timeout => "timeout",
            ErrorKind::OutOfMemory => "out_of_memory",
            ErrorKind::Exit => "exit",
            ErrorKind::Response => "response",
            ErrorKind::Sandbox => "sandbox",
        }
    }

    /// What `X-Amz-Function-Error` says; `None` when the caller gets a service error instead.
    #[must_use]
    pub fn header(self) -> Option<&'static str> {
        match self {
            ErrorKind::Handler
            | ErrorKind::Init
            | ErrorKind::Timeout
            | ErrorKind::OutOfMemory
            | ErrorKind::Exit
            | ErrorKind::Response => Some("Unhandled"),
            ErrorKind::Sandbox => None,
        }
    }
}

/// A failed invocation, with the JSON that AWS would return as the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    pub kind: ErrorKind,
    pub error_type: String,
    pub message: String,
    pub payload: Bytes,
}

#[derive(Serialize)]
struct ErrorPayload<'a> {
    #[serde(rename = "errorType")]
    error_type: &'a str,
    #[serde(rename = "errorMessage")]
    error_message: &'a str,
}

impl FunctionError {
    #[must_use]
    pub fn new(kind: ErrorKind, error_type: &str, message: impl Into<String>) -> FunctionError {
        let message = message.into();
        let payload = serde_json::to_vec(&ErrorPayload { error_type, error_message: &message })
            .expect("two strings are always JSON");
        FunctionError { kind, error_type: error_type.to_owned(), message, payload: payload.into() }
    }

    /// The error a runtime posted, whose JSON body is passed on as it is.
    pub(crate) fn reported(
        kind: ErrorKind,
        header_type: Option<&str>,
        payload: Bytes,
    ) -> FunctionError {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Reported {
            #[serde(rename = "errorType")]
            error_type: Option<String>,
            #[serde(rename = "errorMessage")]
            error_message: Option<String>,
        }
        let Ok(reported) = serde_json::from_slice::<Reported>(&payload) else {
            // A runtime may post anything here; a caller's JSON parser must not choke on it.
            let text = String::from_utf8_lossy(&payload).into_owned();
            return FunctionError::new(kind, header_type.unwrap_or("Runtime.Unknown"), text);
        };
        FunctionError {
            kind,
            error_type: reported
                .error_type
                .or_else(|| header_type.map(str::to_owned))
                .unwrap_or_else(|| "Runtime.Unknown".to_owned()),
            message: reported.error_message.unwrap_or_default(),
            payload,
        }
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error_type, self.message)
    }
}

/// What an invocation came to.
#[derive(Clone, Debug)]
pub struct InvokeOutcome {
    pub result: Result<Bytes, FunctionError>,
    /// The last 4 KiB of the invocation's log, as `LogType=Tail` returns it.
    pub log_tail: Bytes,
    /// From the event's dispatch to the response's last byte.
    pub duration: Duration,
    /// Whole milliseconds, rounded up; a cold start's init is included, as AWS bills it.
    pub billed_ms: u64,
    /// How long init took, when this invocation was the sandbox's first.
    pub init: Option<Duration>,
    pub max_memory_mb: u32,
    pub log_stream: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_read_from_its_aws_name() {
        for (name, runtime) in [
            ("python3.11", Some(Runtime::Python { version: "3.11".to_owned() })),
            ("provided.al2023", Some(Runtime::Provided)),
            ("python3.", None),
            ("python3.11 ", None),
            ("python2.7", None),
            ("nodejs22.x", None),
        ] {
            assert_eq!(Runtime::parse(name), runtime, "{name}");
        }
    }

    #[test]
    fn what_a_runtime_reports_is_passed_on_and_what_is_no_document_becomes_one() {
        let body = Bytes::from_static(br#"{"errorMessage":"m","errorType":"T","stackTrace":[]}"#);
        let error = FunctionError::reported(ErrorKind::Handler, Some("H"), body.clone());
        assert_eq!((error.to_string().as_str(), error.payload), ("T: m", body));
        let error = FunctionError::reported(ErrorKind::Handler, Some("H"), "oh".into());
        assert_eq!(error.payload, &br#"{"errorType":"H","errorMessage":"oh"}"#[..]);
    }
}
