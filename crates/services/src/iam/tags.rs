//! Tags of roles, users and managed policies.

use super::page::Page;
use super::{Error, Reply, Tags, Target, state};
use kernel::{Rows, Turn};
use tidemill_kernel as kernel;

const TAGS_MAX: usize = 50;

pub(super) fn check_count(tags: &Tags) -> Result<(), Error> {
    if tags.len() > TAGS_MAX {
        return Err(Error::LimitExceeded { quota: "TagsPerResource", limit: TAGS_MAX });
    }
    Ok(())
}

pub(super) fn tag(turn: &mut Turn<'_>, target: &Target, tags: Tags) -> Result<Reply, Error> {
    let mut all = find(turn.rows(), target)?;
    all.extend(tags);
    check_count(&all)?;
    replace(turn, target, all)
}

/// A key that is not there is no error.
pub(super) fn untag(turn: &mut Turn<'_>, target: &Target, keys: &[String]) -> Result<Reply, Error> {
    let mut all = find(turn.rows(), target)?;
    all.retain(|key, _| !keys.contains(key));
    replace(turn, target, all)
}

pub(super) fn list(rows: &dyn Rows, target: &Target, page: &Page) -> Result<Reply, Error> {
    let tags = find(rows, target)?.into_iter().map(|tag| (tag.0.clone(), tag));
    let (tags, next) = page.take(tags);
    Ok(Reply::Tags { tags, next })
}

fn find(rows: &dyn Rows, target: &Target) -> Result<Tags, Error> {
    match target {
        Target::Identity(who) => Ok(state::identity(rows, who)?.tags),
        Target::Policy(arn) => Ok(state::policy(rows, arn)?.tags),
    }
}

fn replace(turn: &mut Turn<'_>, target: &Target, tags: Tags) -> Result<Reply, Error> {
    match target {
        Target::Identity(who) => {
            let identity = state::identity(turn.rows(), who)?;
            state::put_identity(turn, &super::Identity { tags, ..identity });
        }
        Target::Policy(arn) => {
            let policy = state::policy(turn.rows(), arn)?;
            state::put_policy(turn, &super::ManagedPolicy { tags, ..policy });
        }
    }
    Ok(Reply::Nothing)
}
