//! The audit trail of a dead-letter queue's edits, page by page, the newest first.
//!
//! Not an operation of AWS's. It answers for a queue that is gone too: the trail outlives it.

use super::{QueueKey, Reply, State};
use kernel::Look;
use tidemill_kernel as kernel;

/// Entries one query answers with.
pub const EDITS_MAX: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEdits {
    pub queue: QueueKey,
    /// Only entries with lower numbers: where the page before ended.
    pub below: Option<u64>,
    /// At most [`EDITS_MAX`].
    pub limit: usize,
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &ListEdits) -> Reply {
    let limit = query.limit.clamp(1, EDITS_MAX);
    let (edits, next) = state.audits.list(look.rows, &query.queue, query.below, limit);
    Reply::Edits(edits, next)
}
