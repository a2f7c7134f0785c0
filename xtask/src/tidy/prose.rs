//! Rules about documents: what they name must exist, here and on everybody's machine.

use super::tree::lines;
use super::{Finding, Tree};

/// Documents whose every name is checked: prose that nothing checks drifts within months.
const CHECKED: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

pub(super) fn names_exist(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for document in CHECKED {
        let Some(text) = tree.text(document) else {
            findings.push(Finding::error(document, 0, "is missing"));
            continue;
        };
        for (number, name) in quoted(text) {
            if let Some(reason) = missing(tree, name) {
                findings.push(Finding::error(document, number, format!("`{name}`: {reason}")));
            }
        }
    }
    findings
}

/// Every `name` in backticks outside of code blocks.
fn quoted(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_block = false;
    lines(text).flat_map(move |(number, line)| {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        let names: Vec<_> = if in_block || is_fence {
            Vec::new()
        } else {
            line.split('`').skip(1).step_by(2).map(|name| (number, name)).collect()
        };
        names
    })
}

/// Why a quoted name does not exist; `None` when it does, or when it is no name of ours.
fn missing(tree: &Tree, name: &str) -> Option<&'static str> {
    let is_plain = !name.contains([' ', '<', '{', '*', '$', '=', '(', '…']);
    if is_plain && name.contains("::") {
        let crates = name.split("::").next().unwrap_or_default();
        let folder = crates.strip_prefix("tidemill_").unwrap_or(crates);
        if !tree.exists(&format!("crates/{folder}")) {
            return (folder != "std").then_some("no crate of ours is called that");
        }
        return (!path_exists(tree, folder, name)).then_some("no such module or item");
    }
    let is_path = is_plain
        && ["crates/", "docs/", "tests/", "models/", "examples/", "bench/", "xtask/", ".ci/"]
            .iter()
            .any(|folder| name.starts_with(folder));
    if is_path && !tree.exists(name) {
        return Some("no such file or folder");
    }
    None
}

/// Follows `services::sqs::state::State` through files as far as they go; what is left must be
/// declared in the last of them.
fn path_exists(tree: &Tree, folder: &str, name: &str) -> bool {
    let mut module = format!("crates/{folder}/src");
    let mut file = format!("{module}/lib.rs");
    let mut rest = name.split("::").skip(1).peekable();
    while let Some(segment) = rest.peek() {
        let inner = format!("{module}/{segment}");
        if tree.exists(&format!("{inner}.rs")) {
            file = format!("{inner}.rs");
        } else if tree.exists(&format!("{inner}/mod.rs")) {
            file = format!("{inner}/mod.rs");
        } else {
            break;
        }
        module = inner;
        rest.next();
    }
    let text = tree.text(&file).unwrap_or_default();
    rest.all(|item| declares(text, item))
}

/// Whether `text` declares or re-exports `item`: as an item, a field, a variant or in a `use`.
fn declares(text: &str, item: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        let words: Vec<&str> = line
            .split(|c: char| !(c.is_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty())
            .collect();
        let keywords =
            ["struct", "enum", "trait", "fn", "type", "const", "static", "mod", "macro_rules"];
        let declared = words.windows(2).any(
            |pair| matches!(pair, [keyword, name] if keywords.contains(keyword) && *name == item),
        );
        let used = line.contains("use ") && words.contains(&item);
        let variant = words.first() == Some(&item) && line.ends_with([',', '{', '(']);
        // A line in the middle of a `pub use` that spans several.
        let is_list = line.chars().all(|c| c.is_alphanumeric() || " _,:{};".contains(c));
        let continued = is_list && line.ends_with(['}', ',', ';']) && words.contains(&item);
        declared || used || variant || continued
    })
}

pub(super) fn links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("md") {
        for (number, line) in lines(text) {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = link.split('#').next().unwrap_or_default();
                if target.is_empty() || target.contains("://") || target.contains(' ') {
                    continue;
                }
                if !tree.exists(&resolve(path, target)) {
                    let what = format!("`{target}` leads nowhere");
                    findings.push(Finding::error(path, number, what));
                }
            }
        }
    }
    findings
}

/// `docs/queues.md` and `../README.md` make `README.md`.
fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

pub(super) fn machines(tree: &Tree) -> Vec<Finding> {
    let homes = [["/ro", "ot/"].concat(), ["/ho", "me/"].concat(), ["/Use", "rs/"].concat()];
    let mut findings = Vec::new();
    for (path, text) in tree.iter() {
        for (number, line) in lines(text) {
            // Ada, Bob and `user` live in examples and tests; everybody else lives somewhere.
            let is_example = ["ada", "bob", "user"]
                .iter()
                .any(|name| homes.iter().any(|home| line.contains(&format!("{home}{name}"))));
            if !is_example && homes.iter().any(|home| line.contains(home)) {
                let what = "names somebody's home directory: nobody else has that one";
                findings.push(Finding::error(path, number, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(architecture: &str) -> Tree {
        Tree::of(&[
            ("ARCHITECTURE.md", architecture),
            ("CONTRIBUTING.md", "See [the house](ARCHITECTURE.md)."),
            ("crates/kernel/src/lib.rs", "pub use at::{At, Random};\npub mod rows;\n"),
            ("crates/kernel/src/rows.rs", "pub trait Rows: Send {\n    fn get(&self);\n}\n"),
            ("crates/services/src/sqs/mod.rs", "pub enum Command {\n    CreateQueue {\n"),
        ])
    }

    #[test]
    fn a_name_in_the_architecture_must_exist() {
        let table = [
            ("`crates/kernel` is small", 0),
            ("`crates/quern` is not", 1),
            ("`kernel::rows::Rows`", 0),
            ("`kernel::rows::Columns`", 1),
            ("`kernel::At`", 0),
            ("`kernel::rows::Rows::get`", 0),
            ("`services::sqs::Command::CreateQueue`", 0),
            ("`services::sns::Command`", 1),
            ("`std::fs::File`", 0),
            ("`Rows` and `--data DIR` are no paths", 0),
            ("```text\n`crates/quern`\n```", 0),
        ];
        for (text, expected) in table {
            let findings = names_exist(&tree(text));
            assert_eq!(findings.len(), expected, "{text}: {findings:?}");
        }
    }

    #[test]
    fn a_link_must_lead_somewhere() {
        let table = [
            ("[code](crates/kernel/src/rows.rs)", 0),
            ("[part](CONTRIBUTING.md#rules)", 0),
            ("[elsewhere](https://example.com/x)", 0),
            ("[gone](docs/gone.md)", 1),
        ];
        for (text, expected) in table {
            let findings = links(&tree(text));
            assert_eq!(findings.len(), expected, "{text}: {findings:?}");
        }
        assert_eq!(resolve("docs/queues.md", "../README.md"), "README.md");
        assert_eq!(resolve("docs/a/b.md", "./c.md"), "docs/a/c.md");
    }

    #[test]
    fn a_home_directory_is_found() {
        assert_eq!(machines(&tree(&["cd /ho", "me/me/y"].concat())).len(), 1);
        assert_eq!(machines(&tree("cd ~/x")).len(), 0);
    }
}
