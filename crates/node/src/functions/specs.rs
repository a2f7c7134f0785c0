//! From a function's row to what the runner starts.
//!
//! A handler signs its requests with temporary credentials of its role. They are good for twice
//! the time a spec is used, so that no sandbox outlives its own.

use super::draw_uuid;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tidemill_kernel::{Millis, Secret, Timestamp, codec};
use tidemill_runner::{Credentials, FunctionSpec, Runtime};
use tidemill_services::lambda::{self, Function, FunctionId};
use tidemill_services::sts::session::Session;

/// How long a spec is used before its credentials are renewed.
const USED_MAX: Duration = Duration::from_secs(6 * 60 * 60);
/// How long its credentials are good.
const CREDENTIALS_VALID: Millis = Millis::from_seconds(12 * 60 * 60);

/// The specs in use, one per function: the runner knows its sandboxes by their keys.
pub(super) struct Specs {
    secret: Secret,
    current: Mutex<BTreeMap<FunctionId, Current>>,
}

struct Current {
    spec: Arc<FunctionSpec>,
    since: Instant,
    /// What the spec was made of.
    made_of: blake3::Hash,
}

impl Specs {
    pub(super) fn new(secret: Secret) -> Specs {
        Specs { secret, current: Mutex::default() }
    }

    /// The spec of the function as it now is, and the key of the one it replaces.
    pub(super) fn of(
        &self,
        function: &Function,
        code: PathBuf,
    ) -> (Arc<FunctionSpec>, Option<String>) {
        let made_of = fingerprint(function);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = current
            .get(&function.id)
            .filter(|it| it.made_of == made_of && it.since.elapsed() < USED_MAX);
        if let Some(usable) = usable {
            return (Arc::clone(&usable.spec), None);
        }
        let spec = Arc::new(self.build(function, code));
        let fresh = Current { spec: Arc::clone(&spec), since: Instant::now(), made_of };
        let replaced = current.insert(function.id.clone(), fresh);
        (spec, replaced.map(|replaced| replaced.spec.key.clone()))
    }

    /// Forgets a deleted function; says which key its sandboxes have.
    pub(super) fn forget(&self, function: &FunctionId) -> Option<String> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.remove(function).map(|forgotten| forgotten.spec.key.clone())
    }

    fn build(&self, function: &Function, code: PathBuf) -> FunctionSpec {
        let Function { id, configuration, .. } = function;
        let unique = draw_uuid();
        let session = Session::issue(
            self.secret,
            &unique,
            id.account,
            principal(function),
            now().plus(CREDENTIALS_VALID),
        );
        FunctionSpec {
            key: format!("{} {unique}", id.arn()),
            name: id.name.clone(),
            arn: id.arn().to_string(),
            version: "$LATEST".to_owned(),
            runtime: runtime(&configuration.runtime),
            handler: configuration.handler.clone(),
            code,
            environment: configuration.environment.clone(),
            memory_mb: configuration.memory_megabytes,
            timeout: Duration::from_secs(u64::from(configuration.timeout_seconds)),
            credentials: Some(Credentials {
                access_key_id: session.access_key_id,
                secret_access_key: session.secret_access_key,
                session_token: Some(session.token),
            }),
            region: id.region.to_string(),
            account: id.account.to_string(),
            log_group: format!("/aws/lambda/{}", id.name),
        }
    }
}

/// Whom the handler acts as: a session of its role, named after the function, as at AWS.
fn principal(function: &Function) -> String {
    let Function { id, configuration, .. } = function;
    let role = configuration.role.rsplit('/').next().unwrap_or_default();
    format!("arn:aws:sts::{}:assumed-role/{role}/{}", id.account, id.name)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

pub(super) fn runtime(runtime: &lambda::Runtime) -> Runtime {
    match runtime {
        lambda::Runtime::Python(minor) => Runtime::Python { version: format!("3.{minor}") },
        lambda::Runtime::Provided
        | lambda::Runtime::ProvidedAl2
        | lambda::Runtime::ProvidedAl2023 => Runtime::Provided,
    }
}

/// Changes with whatever a sandbox is made of, and with nothing else (tags, policy, limits).
fn fingerprint(function: &Function) -> blake3::Hash {
    let Function { born, configuration, architecture, code, .. } = function;
    blake3::hash(&codec::to_bytes(&(born, configuration, architecture, code)))
}
