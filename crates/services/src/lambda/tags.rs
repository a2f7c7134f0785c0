//! `TagResource`, `UntagResource`, `ListTags`, on functions and event source mappings.

use super::state::{self, State};
use super::{Command, Error, Job, Query, Reply, Resource, names};
use kernel::{Caller, PartitionId, Rows, Turn};
use std::collections::BTreeMap;
use tidemill_aws::generated::lambda as wire;
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

pub(super) fn decode_tag(input: wire::TagResourceInput, caller: &Caller) -> Result<Job, Error> {
    let wire::TagResourceInput { resource, tags } = input;
    let (partition, resource) = locate(&resource, caller)?;
    Ok(Job::command(partition, Command::TagResource { resource, tags }))
}

pub(super) fn decode_untag(input: wire::UntagResourceInput, caller: &Caller) -> Result<Job, Error> {
    let wire::UntagResourceInput { resource, tag_keys } = input;
    let (partition, resource) = locate(&resource, caller)?;
    Ok(Job::command(partition, Command::UntagResource { resource, keys: tag_keys }))
}

pub(super) fn decode_list(input: wire::ListTagsInput, caller: &Caller) -> Result<Job, Error> {
    let wire::ListTagsInput { resource } = input;
    let (partition, resource) = locate(&resource, caller)?;
    Ok(Job::query(partition, Query::Tags(resource)))
}

fn locate(resource: &str, caller: &Caller) -> Result<(PartitionId, Resource), Error> {
    let resource = names::resource(resource, caller)?;
    let partition = match &resource {
        Resource::Function(function) => function.partition(),
        Resource::Mapping(mapping) => mapping.partition().ok_or(Error::ResourceNotFound)?,
    };
    Ok((partition, resource))
}
