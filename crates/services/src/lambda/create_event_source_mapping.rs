//! `CreateEventSourceMapping`, for queues.

use super::model::{Function, FunctionId, Mapping, MappingOptions, draw_mapping_uuid};
use super::settings::{has_any, refuse, says};
use super::state::{self, State};
use super::{Command, Error, Job, Reply, names, tags};
use kernel::{Arn, Caller, Fact, Facts, Service, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

const BATCH_SIZE_DEFAULT: u32 = 10;
const BATCH_SIZE_MAX: u32 = 10_000;
const FIFO_BATCH_SIZE_MAX: u32 = 10;
/// Batches above this must say how long they may be gathered.
const BATCH_SIZE_WITHOUT_WINDOW_MAX: u32 = 10;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CreateEventSourceMapping {
    #[n(0)]
    pub function: FunctionId,
    #[n(1)]
    pub queue: Arn,
    #[n(2)]
    pub options: MappingOptions,
    #[n(3)]
    pub tags: BTreeMap<String, String>,
}

impl CreateEventSourceMapping {
    pub(super) fn apply(self, state: &mut State, turn: &mut Turn<'_>) -> Result<Reply, Error> {
        let function = state::existing(turn.rows(), &self.function)?;
        if !turn.facts.exists(&self.queue) {
            return Err(Error::InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: \
                 AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue \
                 does not exist."
                    .to_owned(),
            ));
        }
        check_visibility(turn.facts, &self.queue, &function)?;
        check_options(&self.options, &self.queue)?;
        let twin = state
            .mappings
            .values()
            .find(|mapping| mapping.function == self.function && mapping.queue == self.queue);
        if let Some(twin) = twin {
            return Err(Error::MappingExists {
                queue: self.queue.to_string(),
                function: self.function.name,
                uuid: twin.uuid.to_string(),
            });
        }
        let mapping = Mapping {
            uuid: draw_mapping_uuid(&turn.at),
            function: self.function,
            queue: self.queue,
            options: self.options,
            last_modified: turn.now(),
            tags: self.tags,
        };
        state.put_mapping(turn, mapping.clone());
        Ok(Reply::Mapping { mapping: Box::new(mapping), is_deleted: false })
    }
}

/// A message must not come back while the function may still be working on it. As on AWS, this
/// is asked when a mapping is created or updated, and by nothing that changes queue or function.
pub(super) fn check_visibility(
    facts: &Facts,
    queue: &Arn,
    function: &Function,
) -> Result<(), Error> {
    let timeout_seconds = function.configuration.timeout_seconds;
    match facts.get(queue).and_then(visibility_seconds) {
        Some(visibility_seconds) if visibility_seconds < u64::from(timeout_seconds) => {
            Err(Error::VisibilityTooShort { visibility_seconds, timeout_seconds })
        }
        // Entries of the first logs do not say how long messages are hidden; they were accepted.
        Some(_) | None => Ok(()),
    }
}

/// What the queue told of its visibility timeout.
fn visibility_seconds(queue: &Fact) -> Option<u64> {
    let told: serde_json::Value = serde_json::from_str(queue.detail.as_deref()?).ok()?;
    told.get("VisibilityTimeout")?.as_u64()
}

/// What the options of a mapping must keep to, given its queue.
pub(super) fn check_options(options: &MappingOptions, queue: &Arn) -> Result<(), Error> {
    let is_fifo = queue.resource_name().ends_with(".fifo");
    let batch_size_max = if is_fifo { FIFO_BATCH_SIZE_MAX } else { BATCH_SIZE_MAX };
    let refusal = if options.batch_size > batch_size_max {
        format!("Batch size {} exceeds the maximum of {batch_size_max}.", options.batch_size)
    } else if is_fifo && options.window_seconds > 0 {
        "Batching window is not supported for FIFO queues.".to_owned()
    } else if options.batch_size > BATCH_SIZE_WITHOUT_WINDOW_MAX && options.window_seconds == 0 {
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater \
         than 10"
            .to_owned()
    } else {
        return Ok(());
    };
    Err(Error::InvalidParameterValue(refusal))
}

#[expect(
    clippy::too_many_lines,
    reason = "every parameter of the model is named, so that none is dropped unseen"
)]
pub(super) fn decode(
    input: wire::CreateEventSourceMappingInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::CreateEventSourceMappingInput {
        amazon_managed_kafka_event_source_config,
        batch_size,
        bisect_batch_on_function_error,
        destination_config,
        document_db_event_source_config,
        enabled,
        event_source_arn,
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
        queues,
        scaling_config,
        self_managed_event_source,
        self_managed_kafka_event_source_config,
        source_access_configurations,
        starting_position,
        starting_position_timestamp,
        tags,
        topics,
        tumbling_window_in_seconds,
    } = input;
    refuse("DocumentDBEventSourceConfig", document_db_event_source_config.is_some())?;
    refuse("Queues", has_any(queues.as_ref()))?;
    refuse("SelfManagedEventSource", self_managed_event_source.is_some())?;
    refuse("Topics", has_any(topics.as_ref()))?;
    if starting_position.is_some() || starting_position_timestamp.is_some() {
        return Err(Error::InvalidParameterValue(
            "StartingPosition is not valid for SQS event sources.".to_owned(),
        ));
    }
    let streams = StreamOptions {
        amazon_managed_kafka_event_source_config,
        bisect_batch_on_function_error,
        destination_config,
        document_db_event_source_config: None,
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
    let named = names::function(&function_name, None, caller)?;
    let tags = tags.unwrap_or_default();
    tags::check_count(&tags)?;
    let options = MappingOptions {
        enabled: enabled.unwrap_or(true),
        batch_size: batch_size.map_or(BATCH_SIZE_DEFAULT, i32::unsigned_abs),
        window_seconds: maximum_batching_window_in_seconds.map_or(0, i32::unsigned_abs),
        reports_batch_item_failures: has_any(function_response_types.as_ref()),
        maximum_concurrency: scaling_config
            .and_then(|scaling| scaling.maximum_concurrency)
            .map(i32::unsigned_abs),
    };
    let queue = decode_queue(event_source_arn, caller)?;
    let partition = named.function.partition();
    let create = CreateEventSourceMapping { function: named.function, queue, options, tags };
    Ok(Job::command(partition, Command::CreateEventSourceMapping(create)))
}

fn decode_queue(arn: Option<String>, caller: &Caller) -> Result<Arn, Error> {
    let Some(text) = arn else {
        return Err(Error::InvalidParameterValue("EventSourceArn is required.".to_owned()));
    };
    let queue = Arn::parse(&text).filter(|arn| arn.service() == Some(Service::Sqs));
    let queue = queue.ok_or_else(|| {
        Error::InvalidParameterValue(format!(
            "Unrecognized event source, must be sqs. Unsupported source arn : {text}"
        ))
    })?;
    let is_own =
        queue.account() == caller.account.to_string() && queue.region() == caller.region.as_str();
    if !is_own {
        return Err(Error::InvalidParameterValue(format!(
            "The queue {queue} must be in the function's account and region."
        )));
    }
    Ok(queue)
}

/// What mappings of streams, brokers and databases may carry, and mappings of queues here not.
pub(super) struct StreamOptions {
    pub(super) amazon_managed_kafka_event_source_config:
        Option<wire::AmazonManagedKafkaEventSourceConfig>,
    pub(super) bisect_batch_on_function_error: Option<bool>,
    pub(super) destination_config: Option<wire::DestinationConfig>,
    pub(super) document_db_event_source_config: Option<wire::DocumentDBEventSourceConfig>,
    pub(super) filter_criteria: Option<wire::FilterCriteria>,
    pub(super) kms_key_arn: Option<String>,
    pub(super) logging_config: Option<wire::EventSourceMappingLoggingConfig>,
    pub(super) maximum_record_age_in_seconds: Option<i32>,
    pub(super) maximum_retry_attempts: Option<i32>,
    pub(super) metrics_config: Option<wire::EventSourceMappingMetricsConfig>,
    pub(super) parallelization_factor: Option<i32>,
    pub(super) provisioned_poller_config: Option<wire::ProvisionedPollerConfig>,
    pub(super) self_managed_kafka_event_source_config:
        Option<wire::SelfManagedKafkaEventSourceConfig>,
    pub(super) source_access_configurations: Option<Vec<wire::SourceAccessConfiguration>>,
    pub(super) tumbling_window_in_seconds: Option<i32>,
}

impl StreamOptions {
    /// Refuses by name whatever is there and says something.
    pub(super) fn check(self) -> Result<(), Error> {
        let StreamOptions {
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
        } = self;
        let destinations = destination_config.unwrap_or_default();
        let failure = destinations.on_failure.and_then(|target| target.destination);
        let success = destinations.on_success.and_then(|target| target.destination);
        let filters = filter_criteria.and_then(|criteria| criteria.filters);
        let metrics = metrics_config.and_then(|config| config.metrics);
        refuse(
            "AmazonManagedKafkaEventSourceConfig",
            amazon_managed_kafka_event_source_config.is_some(),
        )?;
        refuse("BisectBatchOnFunctionError", bisect_batch_on_function_error == Some(true))?;
        refuse("DestinationConfig", says(failure.as_ref()) || says(success.as_ref()))?;
        refuse("DocumentDBEventSourceConfig", document_db_event_source_config.is_some())?;
        refuse("FilterCriteria", has_any(filters.as_ref()))?;
        refuse("KMSKeyArn", says(kms_key_arn.as_ref()))?;
        refuse("LoggingConfig", logging_config.is_some())?;
        refuse("MaximumRecordAgeInSeconds", maximum_record_age_in_seconds.is_some())?;
        refuse("MaximumRetryAttempts", maximum_retry_attempts.is_some())?;
        refuse("MetricsConfig", has_any(metrics.as_ref()))?;
        refuse("ParallelizationFactor", parallelization_factor.is_some())?;
        refuse("ProvisionedPollerConfig", provisioned_poller_config.is_some())?;
        refuse(
            "SelfManagedKafkaEventSourceConfig",
            self_managed_kafka_event_source_config.is_some(),
        )?;
        refuse("SourceAccessConfigurations", has_any(source_access_configurations.as_ref()))?;
        refuse("TumblingWindowInSeconds", tumbling_window_in_seconds.is_some_and(|it| it != 0))
    }
}
