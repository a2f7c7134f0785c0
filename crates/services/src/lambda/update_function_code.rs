//! `UpdateFunctionCode`.

use super::model::{Architecture, Code, FunctionId};
use super::{Error, Reply, state};
use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct UpdateFunctionCode {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub code: Code,
    #[n(2)]
    pub architecture: Option<Architecture>,
    #[n(3)]
    pub revision: Option<String>,
    /// Say what would be, change nothing.
    #[n(4)]
    pub is_dry_run: bool,
}

impl UpdateFunctionCode {
    pub(super) fn apply(self, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        let mut function = state::existing(turn.rows(), &self.function)?;
        state::check_revision(&function, self.revision.as_deref())?;
        function.code = self.code;
        function.architecture = self.architecture.unwrap_or(function.architecture);
        let function = if self.is_dry_run { function } else { state::put_changed(turn, function) };
        Ok(Reply::Function { function: Box::new(function), qualified: false })
    }
}
