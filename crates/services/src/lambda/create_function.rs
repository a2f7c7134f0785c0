//! `CreateFunction`.

use super::model::{Architecture, Code, Configuration, Function, FunctionId};
use super::{Error, Reply, state};
use kernel::Turn;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateFunction {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub configuration: Configuration,
    #[n(2)]
    pub architecture: Architecture,
    #[n(3)]
    pub code: Code,
    #[n(4)]
    pub tags: BTreeMap<String, String>,
}

impl CreateFunction {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        if state::find(turn.rows(), &self.function).is_some() {
            return Err(Error::FunctionExists { name: self.function.name });
        }
        let function = Function {
            id: self.function,
            born: turn.at.position.0,
            configuration: self.configuration,
            architecture: self.architecture,
            code: self.code,
            last_modified: turn.now(),
            revision: turn.at.random().next_uuid(),
            tags: self.tags,
            policy: Vec::new(),
            reserved_concurrency: None,
        };
        state::put_function(turn, &function);
        Ok(Reply::Function { function: Box::new(function), qualified: false })
    }
}
