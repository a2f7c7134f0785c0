//! From a function's row to what the runner starts.

use super::CredentialSource;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tidemill_kernel::codec;
use tidemill_runner::{FunctionSpec, Runtime};
use tidemill_services::lambda::{self, Function, FunctionId};

/// The specs in use, one per function: the runner knows its sandboxes by their keys.
pub(super) struct Specs {
    credentials: Arc<dyn CredentialSource>,
    current: Mutex<BTreeMap<FunctionId, Arc<FunctionSpec>>>,
}

impl Specs {
    pub(super) fn new(credentials: Arc<dyn CredentialSource>) -> Specs {
        Specs { credentials, current: Mutex::default() }
    }

    /// The spec of the function as it now is, and the key of the one it replaces.
    pub(super) fn of(
        &self,
        function: &Function,
        code: PathBuf,
    ) -> (Arc<FunctionSpec>, Option<String>) {
        let key = key(function);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(spec) = current.get(&function.id).filter(|spec| spec.key == key) {
            return (Arc::clone(spec), None);
        }
        let spec = Arc::new(self.build(function, key, code));
        let replaced = current.insert(function.id.clone(), Arc::clone(&spec));
        (spec, replaced.map(|spec| spec.key.clone()))
    }

    /// Forgets a deleted function; says which key its sandboxes have.
    pub(super) fn forget(&self, function: &FunctionId) -> Option<String> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.remove(function).map(|spec| spec.key.clone())
    }

    fn build(&self, function: &Function, key: String, code: PathBuf) -> FunctionSpec {
        let Function { id, configuration, .. } = function;
        FunctionSpec {
            key,
            name: id.name.clone(),
            arn: id.arn().to_string(),
            version: "$LATEST".to_owned(),
            runtime: runtime(&configuration.runtime),
            handler: configuration.handler.clone(),
            code,
            environment: configuration.environment.clone(),
            memory_mb: configuration.memory_megabytes,
            timeout: Duration::from_secs(u64::from(configuration.timeout_seconds)),
            credentials: self.credentials.credentials(id.account, &configuration.role),
            region: id.region.to_string(),
            account: id.account.to_string(),
            log_group: format!("/aws/lambda/{}", id.name),
        }
    }
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
fn key(function: &Function) -> String {
    let Function { id, born, configuration, architecture, code, .. } = function;
    let parts = codec::to_bytes(&(born, configuration, architecture, code));
    format!("{}@{}", id.arn(), blake3::hash(&parts).to_hex())
}
