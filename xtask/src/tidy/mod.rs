//! `tidy`: the rules of the house that a compiler does not know.
//!
//! A rule is a function from the tree to findings; each finding says where, what and **why**, so
//! that whoever meets it learns the reason and not only the refusal. Matters of taste are not
//! here: they are for people.

mod crates;
mod prose;
mod sources;
mod text;
mod tree;

use crate::steps::Tally;
use crate::workspace::{Metadata, Workspace};
use anyhow::{Result, ensure};
use std::fmt;
pub(crate) use tree::Tree;

/// One breach of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    /// From 1; 0 when it is about the file as a whole.
    pub(crate) line: usize,
    pub(crate) what: String,
    pub(crate) severity: Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Error,
    /// Shown and tolerated: a person decides.
    Warning,
}

impl Finding {
    pub(crate) fn error(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into(), severity: Severity::Error }
    }

    pub(crate) fn warning(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into(), severity: Severity::Warning }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.severity {
            Severity::Error => f.write_str("error: ")?,
            Severity::Warning => f.write_str("warning: ")?,
        }
        f.write_str(&self.path)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What a rule looks at.
pub(crate) struct House<'a> {
    pub(crate) tree: &'a Tree,
    pub(crate) metadata: &'a Metadata,
}

/// A rule: its name as people say it, and what finds its breaches.
type Rule = (&'static str, fn(&House<'_>) -> Vec<Finding>);

const RULES: [Rule; 17] = [
    ("arrows between crates point down", |house| crates::arrows(house.metadata)),
    ("pure crates depend on what cannot vary", |house| crates::pure_dependencies(house.metadata)),
    ("pure crates are locked by their clippy.toml", |house| crates::locks(house.tree)),
    ("every crate inherits the workspace's lints", |house| crates::inherited_lints(house.tree)),
    ("versions stand in the workspace, once", |house| crates::versions_once(house.tree)),
    ("a module opens by saying what it is", |house| sources::heads(house.tree)),
    ("names say what a thing is", |house| sources::names(house.tree)),
    ("unfinished work has an issue", |house| sources::unfinished(house.tree)),
    ("lines fit side by side", |house| sources::width(house.tree)),
    ("a test runs, and says what it expects", |house| sources::tests_run(house.tree)),
    ("a file fits in the head", |house| sources::size(house.tree)),
    ("unsafe stays in its two rooms", |house| sources::unsafe_rooms(house.tree)),
    ("only store opens files below the edge", |house| sources::file_rooms(house.tree)),
    ("a Python file says what it is", |house| sources::python_heads(house.tree)),
    ("names in documents exist", |house| prose::names_exist(house.tree)),
    ("links in documents lead somewhere", |house| prose::links(house.tree)),
    ("nothing names one person's machine", |house| prose::machines(house.tree)),
];

/// Runs every rule and prints what it found.
pub(crate) fn check(workspace: &Workspace) -> Result<Tally> {
    let tree = Tree::read(&workspace.root)?;
    let metadata = workspace.metadata()?;
    let house = House { tree: &tree, metadata: &metadata };
    let mut tally = Tally::default();
    for (name, rule) in RULES {
        let findings = rule(&house);
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        println!("{} {name}", if errors == 0 { "  ok" } else { "FAIL" });
        for finding in findings {
            println!("       {finding}");
        }
        if errors == 0 {
            tally.passed += 1;
        } else {
            tally.failed += 1;
        }
    }
    Ok(tally)
}

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    ensure!(options.is_empty(), "`tidy` takes no options");
    let tally = check(workspace)?;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0)
}
