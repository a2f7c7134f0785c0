//! `UpdateEventSourceMapping`: what is absent stays as it is.
//!
//! The caller names the mapping and not its queue, so the node reads the mapping before it can
//! look up what the queue says of itself; a mapping never changes its queue.

use super::create_event_source_mapping::{StreamOptions, check_options, check_visibility};
use super::model::{FunctionId, Mapping, MappingOptions};
use super::request::{Request, UpdateMapping};
use super::state::{self, State};
use super::{Error, Job, MappingId, Reply, names};
use kernel::{Arn, Caller, Turn};
use minicbor::{Decode, Encode};
use tidemill_aws::generated::lambda as wire;
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
    #[n(5)]
    pub maximum_concurrency: Option<Bound>,
    /// The mapping's own, written in by the node, so that it is looked up.
    #[n(6)]
    pub queue: Option<Arn>,
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
    // A mapping that polls nothing can be switched off whatever became of its queue.
    if options.enabled
        && let Some(function) = state::find(turn.rows(), &old.function)
    {
        check_visibility(turn.facts, &old.queue, &function)?;
    }
    let mapping = Mapping { options, last_modified: turn.now(), ..old.clone() };
    state.put_mapping(turn, mapping.clone());
    Ok(Reply::Mapping { mapping: Box::new(mapping), is_deleted: false })
}

pub(super) fn decode(
    input: wire::UpdateEventSourceMappingInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::UpdateEventSourceMappingInput {
        amazon_managed_kafka_event_source_config,
        batch_size,
        bisect_batch_on_function_error,
        destination_config,
        document_db_event_source_config,
        enabled,
        filter_criteria,
        function_name,
        function_response_types,
        kms_key_arn,
        logging_config,
        maximum_batching_window_in_seconds,
        maximum_record_age_in_seconds,
        maximum_retry_attempts,
        metrics_config,
        parallelization_factor,
        provisioned_poller_config,
        scaling_config,
        self_managed_kafka_event_source_config,
        source_access_configurations,
        tumbling_window_in_seconds,
        uuid,
    } = input;
    let streams = StreamOptions {
        amazon_managed_kafka_event_source_config,
        bisect_batch_on_function_error,
        destination_config,
        document_db_event_source_config,
        filter_criteria,
        kms_key_arn,
        logging_config,
        maximum_record_age_in_seconds,
        maximum_retry_attempts,
        metrics_config,
        parallelization_factor,
        provisioned_poller_config,
        self_managed_kafka_event_source_config,
        source_access_configurations,
        tumbling_window_in_seconds,
    };
    streams.check()?;
    let mapping = names::mapping(&uuid, caller)?;
    mapping.partition().ok_or(Error::ResourceNotFound)?;
    let function = function_name.map(|name| names::function(&name, None, caller)).transpose()?;
    let change = MappingChange {
        function: function.map(|named| named.function),
        enabled,
        batch_size: batch_size.map(i32::unsigned_abs),
        window_seconds: maximum_batching_window_in_seconds.map(i32::unsigned_abs),
        // An empty list takes the report away; no list leaves it.
        reports_batch_item_failures: function_response_types.map(|types| !types.is_empty()),
        maximum_concurrency: scaling_config.map(|scaling| {
            scaling.maximum_concurrency.map_or(Bound::None, |it| Bound::AtMost(it.unsigned_abs()))
        }),
        queue: None,
    };
    Ok(Job::Request(Request::UpdateMapping(UpdateMapping { mapping, change })))
}
