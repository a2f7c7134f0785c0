//! `DeleteEventSourceMapping`.

use super::state::State;
use super::{Command, Error, Job, MappingId, Reply, names};
use kernel::{Caller, Turn};
use tidemill_aws::generated::lambda as wire;
use tidemill_kernel as kernel;

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    id: &MappingId,
) -> Result<Reply, Error> {
    let mapping = state.mapping(id)?.clone();
    state.delete_mapping(turn, mapping.uuid);
    Ok(Reply::Mapping { mapping: Box::new(mapping), is_deleted: true })
}

pub(super) fn decode(
    input: wire::DeleteEventSourceMappingInput,
    caller: &Caller,
) -> Result<Job, Error> {
    let wire::DeleteEventSourceMappingInput { uuid } = input;
    let mapping = names::mapping(&uuid, caller)?;
    let partition = mapping.partition().ok_or(Error::ResourceNotFound)?;
    Ok(Job::command(partition, Command::DeleteEventSourceMapping(mapping)))
}
