//! `DeleteEventSourceMapping`.

use super::state::State;
use super::{Error, MappingId, Reply};
use kernel::Turn;
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
