//! `TagResource`, `UntagResource`, `ListTags`, on functions and event source mappings.

use super::state::{self, State};
use super::{Error, Reply, Resource};
use kernel::{Rows, Turn};
use std::collections::BTreeMap;
use tidemill_kernel as kernel;

/// Tags a resource may carry.
pub(super) const TAGS_MAX: usize = 50;

type Tags = BTreeMap<String, String>;

pub(super) fn tag(
    state: &mut State,
    turn: &mut Turn<'_>,
    resource: &Resource,
    tags: Tags,
) -> Result<Reply, Error> {
    let mut all = find(state, turn.rows(), resource)?;
    all.extend(tags);
    check_count(&all)?;
    replace(state, turn, resource, all)
}

pub(super) fn untag(
    state: &mut State,
    turn: &mut Turn<'_>,
    resource: &Resource,
    keys: &[String],
) -> Result<Reply, Error> {
    let mut all = find(state, turn.rows(), resource)?;
    all.retain(|key, _| !keys.contains(key));
    replace(state, turn, resource, all)
}

pub(super) fn read(state: &State, rows: &dyn Rows, resource: &Resource) -> Result<Reply, Error> {
    find(state, rows, resource).map(Reply::Tags)
}

pub(super) fn check_count(tags: &Tags) -> Result<(), Error> {
    if tags.len() > TAGS_MAX {
        return Err(Error::InvalidParameterValue(format!(
            "The number of tags exceeds the limit of {TAGS_MAX}."
        )));
    }
    Ok(())
}

fn find(state: &State, rows: &dyn Rows, resource: &Resource) -> Result<Tags, Error> {
    match resource {
        Resource::Function(function) => Ok(state::existing(rows, function)?.tags),
        Resource::Mapping(mapping) => Ok(state.mapping(mapping)?.tags.clone()),
    }
}

fn replace(
    state: &mut State,
    turn: &mut Turn<'_>,
    resource: &Resource,
    tags: Tags,
) -> Result<Reply, Error> {
    match resource {
        Resource::Function(function) => {
            let function = state::existing(turn.rows(), function)?;
            state::put_function(turn, &super::Function { tags, ..function });
        }
        Resource::Mapping(mapping) => {
            let mapping = state.mapping(mapping)?.clone();
            state.put_mapping(turn, super::Mapping { tags, ..mapping });
        }
    }
    Ok(Reply::Nothing)
}
