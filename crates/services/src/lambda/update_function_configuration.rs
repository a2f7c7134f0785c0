//! `UpdateFunctionConfiguration`: what is absent stays as it is.

use super::model::{FunctionId, Runtime};
use super::{Error, Reply, state};
use kernel::Turn;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UpdateFunctionConfiguration {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub runtime: Option<Runtime>,
    #[n(2)]
    pub role: Option<String>,
    #[n(3)]
    pub handler: Option<String>,
    #[n(4)]
    pub description: Option<String>,
    #[n(5)]
    pub timeout_seconds: Option<u32>,
    #[n(6)]
    pub memory_megabytes: Option<u32>,
    /// All of it: variables that are not named are taken away.
    #[n(7)]
    pub environment: Option<BTreeMap<String, String>>,
    #[n(8)]
    pub revision: Option<String>,
}

impl UpdateFunctionConfiguration {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        let mut function = state::existing(turn.rows(), &self.function)?;
        state::check_revision(&function, self.revision.as_deref())?;
        let old = &mut function.configuration;
        replace(&mut old.runtime, self.runtime);
        replace(&mut old.role, self.role);
        replace(&mut old.handler, self.handler);
        replace(&mut old.description, self.description);
        replace(&mut old.timeout_seconds, self.timeout_seconds);
        replace(&mut old.memory_megabytes, self.memory_megabytes);
        replace(&mut old.environment, self.environment);
        let function = Box::new(state::put_changed(turn, function));
        Ok(Reply::Function { function, qualified: false })
    }
}

fn replace<T>(old: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *old = new;
    }
}
