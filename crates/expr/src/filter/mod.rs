//! Filter policies: which messages of a topic a subscription wants.
//!
//! ```text
//! {"store": ["books", {"prefix": "toy-"}], "price": [{"numeric": [">", 0, "<=", 100]}]}
//!   every key must hold ─┘    └─ one of a key's matchers is enough
//! ```
//!
//! # Invariants
//!
//! - A policy is compared with the values at its leaves; an array in a document stands for each of
//!   its elements, and all keys below one array must hold for the same element.
//! - Each part of a document meets each part of a policy at most once, so the work is at most their
//!   product; it is counted in [`Work`].
//!
//! Follows "Amazon SNS subscription filter policies" of the SNS developer guide, and where that is
//! silent, Event Ruler, the library that AWS published for the same language.

mod document;
mod matcher;
mod parse;

pub use document::{Attribute, Document};

use document::Tree;
use matcher::Matcher;
use std::collections::BTreeMap;

/// What a policy is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The attributes of a message: flat, and names are taken as they are.
    #[default]
    MessageAttributes,
    /// The body, as JSON: nested, and a dot in a name separates as a nesting does.
    MessageBody,
}

/// Why a text is no filter policy, in AWS's words where they are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Of a policy and a scope that do not go together, not of the policy's text.
    #[error("Filter policy scope MessageAttributes does not support nested filter policy")]
    NestedInAttributes,
    #[error("{0}")]
    Malformed(String),
}

impl Refusal {
    fn new(reason: impl Into<String>) -> Refusal {
        Refusal::Malformed(reason.into())
    }
}

/// How much comparing has cost so far: about one for each value that met a matcher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work(pub u64);

impl Work {
    fn add(&mut self, steps: usize) {
        self.0 = self.0.saturating_add(steps as u64);
    }
}

/// A policy, ready to be compared.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterPolicy {
    scope: Scope,
    root: All,
}

/// All of it must hold.
#[derive(Clone, Debug, Default, PartialEq)]
struct All {
    keys: BTreeMap<String, Key>,
    /// Of each `$or`, one alternative must hold.
    ors: Vec<Vec<All>>,
}

/// What is asked of one key. A key with dots and a nesting may say both of the same name.
#[derive(Clone, Debug, Default, PartialEq)]
struct Key {
    leaf: Option<Vec<Matcher>>,
    nested: Option<All>,
}

impl FilterPolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is not JSON, not a policy, or beyond AWS's limits.
    pub fn parse(text: &str, scope: Scope) -> Result<FilterPolicy, Refusal> {
        parse::parse(text, scope).map(|root| FilterPolicy { scope, root })
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether a subscription with this policy wants the message that `document` is.
    #[must_use]
    pub fn matches(&self, document: &Document, work: &mut Work) -> bool {
        self.root.matches(document.root(), self.scope, work)
    }
}

impl All {
    fn matches(&self, tree: &Tree, scope: Scope, work: &mut Work) -> bool {
        work.add(1);
        match tree {
            Tree::Map(fields) => self.matches_fields(fields, scope, work),
            // The same element must satisfy all of it.
            Tree::List(elements) => {
                elements.iter().any(|element| self.matches(element, scope, work))
            }
            // Nothing is below a plain value: only what asks for absence can hold.
            Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {
                self.matches_fields(&BTreeMap::new(), scope, work)
            }
        }
    }

    fn matches_fields(
        &self,
        fields: &BTreeMap<String, Tree>,
        scope: Scope,
        work: &mut Work,
    ) -> bool {
        self.keys.iter().all(|(name, key)| key.matches(fields.get(name), scope, work))
            && self.ors.iter().all(|alternatives| {
                alternatives.iter().any(|all| all.matches_fields(fields, scope, work))
            })
    }
}

impl Key {
    fn matches(&self, tree: Option<&Tree>, scope: Scope, work: &mut Work) -> bool {
        work.add(1);
        let leaf_holds =
            self.leaf.as_ref().is_none_or(|matchers| leaf_matches(matchers, tree, scope, work));
        leaf_holds
            && self.nested.as_ref().is_none_or(|all| match tree {
                Some(tree) => all.matches(tree, scope, work),
                None => all.matches_fields(&BTreeMap::new(), scope, work),
            })
    }
}

fn leaf_matches(matchers: &[Matcher], tree: Option<&Tree>, scope: Scope, work: &mut Work) -> bool {
    let mut is_present = false;
    if let Some(tree) = tree
        && any_value(tree, &mut |value| {
            is_present = true;
            matchers.iter().any(|matcher| matcher.matches(value, work))
        })
    {
        return true;
    }
    work.add(matchers.len());
    !is_present && matchers.iter().any(|matcher| matcher.matches_absence(scope))
}

/// Whether `test` holds for a plain value that `tree` is, or that is in it as an array.
fn any_value(tree: &Tree, test: &mut dyn FnMut(&Tree) -> bool) -> bool {
    match tree {
        Tree::List(elements) => elements.iter().any(|element| any_value(element, test)),
        Tree::Map(_) => false,
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => test(tree),
    }
}
