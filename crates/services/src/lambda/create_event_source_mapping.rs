//! `CreateEventSourceMapping`, for queues.

use super::model::{FunctionId, Mapping, MappingOptions, draw_mapping_uuid};
use super::state::{self, State};
use super::{Error, Reply};
use kernel::{Arn, Turn};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

pub(super) const BATCH_SIZE_DEFAULT: u32 = 10;
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
        state::existing(turn.rows(), &self.function)?;
        if !turn.facts.exists(&self.queue) {
            return Err(Error::InvalidParameterValue(
                "Error occurred while ReceiveMessage. SQS Error Code: \
                 AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue \
                 does not exist."
                    .to_owned(),
            ));
        }
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
