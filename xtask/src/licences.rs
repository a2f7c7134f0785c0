//! Licences: everything that ends up in the binary may be given to a customer.
//!
//! The list is short on purpose. A licence that is not on it is a decision: somebody reads it,
//! writes down why it is fine, and adds it here.

use crate::workspace::Workspace;
use anyhow::{Result, bail};

/// Permissive licences whose only duty is to keep the notice. No copyleft (GPL, AGPL, LGPL, MPL)
/// and no source-available ones (BUSL, SSPL, Elastic).
const ALLOWED: [&str; 11] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BlueOak-1.0.0", // minicbor: permissive, written by lawyers to be read by people
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Refuses every dependency whose licence does not leave a way that is on the list.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let metadata = workspace.metadata()?;
    let mut refused = Vec::new();
    let mut count = 0;
    for package in metadata.foreign() {
        count += 1;
        let licence = package.license.as_deref().unwrap_or("none declared");
        if !is_allowed(licence) {
            refused.push(format!("{} {}: {licence}", package.name, package.version));
        }
    }
    if !refused.is_empty() {
        bail!(
            "not on the list in xtask/src/licences.rs (a decision, not a formality):\n  {}",
            refused.join("\n  ")
        );
    }
    println!("{count} dependencies, all permissive");
    Ok(())
}

/// Reads an SPDX expression: `OR` needs one side, `AND` both. Older crates write `/` for `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let allowed = either(&mut rest);
    allowed && rest.is_empty()
}

fn either(words: &mut &[&str]) -> bool {
    let mut allowed = both(words);
    while let ["OR", rest @ ..] = words {
        *words = rest;
        allowed |= both(words);
    }
    allowed
}

fn both(words: &mut &[&str]) -> bool {
    let mut allowed = single(words);
    while let ["AND", rest @ ..] = words {
        *words = rest;
        allowed &= single(words);
    }
    allowed
}

fn single(words: &mut &[&str]) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let allowed = either(words);
            if let [")", rest @ ..] = words {
                *words = rest;
                return allowed;
            }
            false
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(&format!("{licence} WITH {exception}").as_str())
        }
        [licence, rest @ ..] => {
            *words = rest;
            ALLOWED.contains(licence)
        }
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_allowed_when_it_leaves_a_way_on_the_list() {
        let table = [
            ("MIT", true),
            ("MIT OR Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("AGPL-3.0", false),
            ("BUSL-1.1", false),
            ("Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("(MIT OR Apache-2.0) AND MPL-2.0", false),
            ("Apache-2.0 AND ISC", true),
            ("(MIT", false),
            ("none declared", false),
            ("", false),
        ];
        for (expression, allowed) in table {
            assert_eq!(is_allowed(expression), allowed, "{expression}");
        }
    }
}
