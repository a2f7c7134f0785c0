//! `UpdateEventSourceMapping`: what is absent stays as it is.

use super::create_event_source_mapping::check_options;
use super::model::{FunctionId, Mapping, MappingOptions};
use super::state::State;
use super::{Error, MappingId, Reply};
use kernel::Turn;
use minicbor::{Decode, Encode};
use tidemill_kernel as kernel;

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct MappingChange {
    /// Only the function it has already: another one lives in another partition.
    #[n(0)]
    pub function: Option<FunctionId>,
    #[n(1)]
    pub enabled: Option<bool>,
    #[n(2)]
    pub batch_size: Option<u32>,
    #[n(3)]
    pub window_seconds: Option<u32>,
    #[n(4)]
    pub reports_batch_item_failures: Option<bool>,
    /// `Some(None)` lifts the bound.
    #[n(5)]
    pub maximum_concurrency: Option<Bound>,
}

/// A bound on concurrency as an update writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Bound {
    #[n(0)]
    None,
    #[n(1)]
    AtMost(#[n(0)] u32),
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    id: &MappingId,
    change: &MappingChange,
) -> Result<Reply, Error> {
    let old = state.mapping(id)?;
    if change.function.as_ref().is_some_and(|function| *function != old.function) {
        let detail = "; delete the mapping and create one for the other function";
        return Err(Error::Unsupported {
            parameter: "FunctionName with a value other than the mapping's own",
            detail: detail.to_owned(),
        });
    }
    let options = MappingOptions {
        enabled: change.enabled.unwrap_or(old.options.enabled),
        batch_size: change.batch_size.unwrap_or(old.options.batch_size),
        window_seconds: change.window_seconds.unwrap_or(old.options.window_seconds),
        reports_batch_item_failures: change
            .reports_batch_item_failures
            .unwrap_or(old.options.reports_batch_item_failures),
        maximum_concurrency: match change.maximum_concurrency {
            None => old.options.maximum_concurrency,
            Some(Bound::None) => None,
            Some(Bound::AtMost(bound)) => Some(bound),
        },
    };
    check_options(&options, &old.queue)?;
    let mapping = Mapping { options, last_modified: turn.now(), ..old.clone() };
    state.put_mapping(turn, mapping.clone());
    Ok(Reply::Mapping { mapping: Box::new(mapping), is_deleted: false })
}
