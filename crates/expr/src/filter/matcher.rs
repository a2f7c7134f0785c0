//! Matchers: what one value must be like.

use super::document::{Fixed, Tree};
use super::{Scope, Work};
use std::net::IpAddr;

/// Bytes of text that count as one step of work.
const BYTES_PER_STEP: usize = 256;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Matcher {
    Text(TextPattern),
    Number(Fixed),
    Bool(bool),
    Null,
    /// Above the lower bound and below the upper one.
    Range {
        low: Option<Bound>,
        high: Option<Bound>,
    },
    Exists(bool),
    Cidr {
        network: IpAddr,
        prefix: u8,
    },
    /// Any value but these. AWS's words: it must be there.
    AnythingBut(Vec<Matcher>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) value: Fixed,
    pub(super) is_inclusive: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TextPattern {
    Exact(String),
    Prefix(String),
    Suffix(String),
    /// Kept in lower case.
    IgnoringCase(String),
    /// What stands between the stars: two parts at least.
    Wildcard(Vec<String>),
}

impl Matcher {
    pub(super) fn matches(&self, value: &Tree, work: &mut Work) -> bool {
        work.add(1);
        match (self, value) {
            (Matcher::Text(pattern), Tree::Text(text)) => {
                work.add(text.len() / BYTES_PER_STEP);
                pattern.matches(text)
            }
            (Matcher::Number(wanted), Tree::Number(number)) => *number == Some(*wanted),
            (Matcher::Bool(wanted), Tree::Bool(value)) => wanted == value,
            (Matcher::Null, Tree::Null) => true,
            (Matcher::Range { low, high }, Tree::Number(Some(number))) => {
                low.is_none_or(|low| *number > low.value || low.is(*number))
                    && high.is_none_or(|high| *number < high.value || high.is(*number))
            }
            (Matcher::Exists(wanted), _) => *wanted,
            (Matcher::Cidr { network, prefix }, Tree::Text(text)) => {
                text.parse().is_ok_and(|address| is_within(address, *network, *prefix))
            }
            (Matcher::AnythingBut(refused), value) => {
                !refused.iter().any(|matcher| matcher.matches(value, work))
            }
            (
                Matcher::Text(_)
                | Matcher::Number(_)
                | Matcher::Bool(_)
                | Matcher::Null
                | Matcher::Range { .. }
                | Matcher::Cidr { .. },
                _,
            ) => false,
        }
    }

    /// Whether it holds for a key that has no value at all.
    pub(super) fn matches_absence(&self, scope: Scope) -> bool {
        match self {
            Matcher::Exists(wanted) => !wanted,
            // An attribute cannot be null; one that is not there is what a policy's null means.
            Matcher::Null => scope == Scope::MessageAttributes,
            Matcher::Text(_)
            | Matcher::Number(_)
            | Matcher::Bool(_)
            | Matcher::Range { .. }
            | Matcher::Cidr { .. }
            | Matcher::AnythingBut(_) => false,
        }
    }
}

impl Bound {
    fn is(self, number: Fixed) -> bool {
        self.is_inclusive && number == self.value
    }
}

impl TextPattern {
    fn matches(&self, text: &str) -> bool {
        match self {
            TextPattern::Exact(wanted) => text == wanted,
            TextPattern::Prefix(prefix) => text.starts_with(prefix.as_str()),
            TextPattern::Suffix(suffix) => text.ends_with(suffix.as_str()),
            TextPattern::IgnoringCase(wanted) => text.to_lowercase() == *wanted,
            TextPattern::Wildcard(parts) => wildcard_matches(parts, text),
        }
    }
}

/// The first part must begin the text and the last one end it; those between are found from left
/// to right, each as early as it can be, which finds a way if there is one, in linear time.
fn wildcard_matches(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    true
}

fn is_within(address: IpAddr, network: IpAddr, prefix: u8) -> bool {
    let (address, network, width) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(address.to_bits()), u128::from(network.to_bits()), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (address.to_bits(), network.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let host_bits = u32::from(width - prefix.min(width));
    // A shift by the whole width is not defined; it would leave nothing to compare.
    address.checked_shr(host_bits).unwrap_or(0) == network.checked_shr(host_bits).unwrap_or(0)
}
