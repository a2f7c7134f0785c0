//! Rules about source files, one at a time.

use super::text;
use super::tree::{is_generated, lines};
use super::{Finding, Tree};

/// As rustfmt.toml; rustfmt itself leaves comments, strings and macros alone.
const WIDTH_MAX: usize = 100;

/// Lines of a file without its tests: from here on it is shown, and from there on refused.
const LINES_SHOWN: usize = 600;
const LINES_MAX: usize = 900;

/// Names that say nothing: everything fits into them, so everything ends up in them.
const EMPTY_NAMES: [&str; 9] =
    ["common", "helper", "helpers", "manager", "misc", "shared", "util", "utils", "types"];

/// Where `unsafe` may be, with a reason at each site.
const UNSAFE_ROOMS: [&str; 2] = ["crates/store/", "crates/runner/"];

/// Crates between the pure ones and the program that must not open files themselves.
const FILELESS: [&str; 2] = ["crates/edge/src/", "crates/node/src/"];

/// Files there that may all the same, because what they open is no state: losing it loses nothing.
const FILES_WITHOUT_STATE: [&str; 3] = [
    // What the system says of this process, for /metrics.
    "crates/edge/src/own.rs",
    // The unpacked packages of functions: a cache, emptied at every start.
    "crates/node/src/functions/packages.rs",
    // The key that notifications are signed with: beside the state, as the root key is.
    "crates/node/src/signatures/key.rs",
];

pub(super) fn heads(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        .filter(|(_, text)| !text.trim_start().starts_with("//!") && !is_generated(text))
        .map(|(path, _)| {
            Finding::error(
                path,
                1,
                "must open with `//!` and what it is in one sentence: a reader decides by it \
                 whether to read on",
            )
        })
        .collect()
}

pub(super) fn python_heads(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("py")
        .filter(|(_, text)| {
            let code = lines(text).find(|(_, line)| !line.starts_with('#') && !line.is_empty());
            code.is_some_and(|(_, line)| !line.starts_with("\"\"\""))
        })
        .map(|(path, _)| Finding::error(path, 1, "must open with a docstring that says what it is"))
        .collect()
}

pub(super) fn names(tree: &Tree) -> Vec<Finding> {
    tree.with_extension("rs")
        .chain(tree.with_extension("py"))
        .filter_map(|(path, _)| {
            let mut parts: Vec<&str> = path.split(['/', '.']).collect();
            parts.pop();
            let empty = parts.iter().find(|part| EMPTY_NAMES.contains(*part))?;
            Some(Finding::error(
                path,
                0,
                format!("`{empty}` says nothing, so everything ends up in it: name what it holds"),
            ))
        })
        .collect()
}

pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let fixme = ["FIX", "ME"].concat();
    let todo = ["TO", "DO"].concat();
    let mut findings = Vec::new();
    for extension in ["rs", "py", "toml", "sh"] {
        for (path, text) in tree.with_extension(extension) {
            for (number, line) in lines(text) {
                if has_word(line, &fixme) {
                    let what = format!("{fixme} may not be merged: fix it, or open an issue");
                    findings.push(Finding::error(path, number, what));
                }
                let named = line.contains(&format!("{todo}(#"));
                if has_word(line, &todo) && !named {
                    let what = format!("must name its issue, `{todo}(#123)`, or nobody will");
                    findings.push(Finding::error(path, number, what));
                }
            }
        }
    }
    findings
}

/// Whether `word` stands in `line` on its own, not inside another word.
fn has_word(line: &str, word: &str) -> bool {
    let is_letter =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    line.match_indices(word).any(|(at, _)| {
        let bytes = line.as_bytes();
        let before = at.checked_sub(1).and_then(|index| bytes.get(index));
        !is_letter(before) && !is_letter(bytes.get(at + word.len()))
    })
}

pub(super) fn width(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs").chain(tree.with_extension("py")) {
        if is_generated(text) {
            continue;
        }
        let texts = text::longest_per_line(text);
        for ((number, line), longest) in lines(text).zip(texts) {
            let width = line.chars().count();
            // A message, a script or an address stays whole: somebody will search for it.
            let is_text = longest > WIDTH_MAX / 2 || line.contains("https://");
            if width > WIDTH_MAX && !is_text {
                let what = format!("{width} columns; {WIDTH_MAX} fit beside a second window");
                findings.push(Finding::error(path, number, what));
            }
        }
    }
    findings
}

pub(super) fn tests_run(tree: &Tree) -> Vec<Finding> {
    let ignored = ["#[ign", "ore"].concat();
    let panicking = ["#[should", "_panic"].concat();
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        for (number, line) in lines(text) {
            if line.trim_start().starts_with(&ignored) {
                let what = "a test that does not run proves nothing: make it run or delete it";
                findings.push(Finding::error(path, number, what));
            }
            if line.trim_start().starts_with(&panicking) {
                let what = "any panic passes such a test: expect the error, or catch this panic";
                findings.push(Finding::error(path, number, what));
            }
        }
    }
    findings
}

pub(super) fn size(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        if is_generated(text) {
            continue;
        }
        let count = lines_without_tests(text);
        let what = format!("{count} lines without tests; one head holds about {LINES_SHOWN}");
        if count > LINES_MAX {
            findings.push(Finding::error(path, 0, what));
        } else if count > LINES_SHOWN {
            findings.push(Finding::warning(path, 0, what));
        }
    }
    findings
}

fn lines_without_tests(text: &str) -> usize {
    text.lines().take_while(|line| !line.starts_with("mod tests")).count()
}

pub(super) fn unsafe_rooms(tree: &Tree) -> Vec<Finding> {
    let exception = ["(unsafe", "_code"].concat();
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        if UNSAFE_ROOMS.iter().any(|room| path.starts_with(room)) {
            continue;
        }
        for (number, line) in lines(text) {
            if line.contains(&exception) {
                let what = "unsafe code is for store and runner, where the kernel's calls are";
                findings.push(Finding::error(path, number, what));
            }
        }
    }
    findings
}

pub(super) fn file_rooms(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension("rs") {
        let is_fileless = FILELESS.iter().any(|room| path.starts_with(room));
        if !is_fileless || FILES_WITHOUT_STATE.contains(&path) {
            continue;
        }
        let code = text.lines().take_while(|line| !line.starts_with("mod tests"));
        for (index, line) in code.enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && (line.contains("std::fs") || line.contains("tokio::fs")) {
                let what = "opens files itself: `store` does, behind `Disk`, or the simulator \
                            cannot make this fail";
                findings.push(Finding::error(path, index + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, expected: &[usize]) {
        let found: Vec<usize> =
            rule(&Tree::of(&[(path, text)])).iter().map(|finding| finding.line).collect();
        assert_eq!(found, expected, "{path}: {text}");
    }

    #[test]
    fn files_are_opened_where_no_state_is_kept() {
        let opens = "fn a() { std::fs::read(b) }\nmod tests {\nstd::fs::read(b)";
        check(file_rooms, "crates/node/src/node.rs", opens, &[1]);
        check(file_rooms, "crates/node/src/node.rs", "// not std::fs", &[]);
        check(file_rooms, "crates/store/src/wal.rs", opens, &[]);
        for path in FILES_WITHOUT_STATE {
            check(file_rooms, path, opens, &[]);
        }
    }

    #[test]
    fn a_module_without_a_head_is_found() {
        check(heads, "crates/a/src/lib.rs", "//! Something.\n", &[]);
        check(heads, "crates/a/src/lib.rs", "use std::fmt;\n//! Late.\n", &[1]);
        let generated = "// SQS. Written by `cargo xtask generate`.\n";
        check(heads, "crates/a/src/shapes.rs", generated, &[]);
        check(python_heads, "tests/wire/a.py", "#!/usr/bin/env python3\n\"\"\"It.\"\"\"\n", &[]);
        check(python_heads, "tests/wire/a.py", "import os\n", &[1]);
    }

    #[test]
    fn names_that_say_nothing_are_found_in_files_and_folders() {
        check(names, "crates/a/src/utils.rs", "", &[0]);
        check(names, "crates/a/src/common/mod.rs", "", &[0]);
        check(names, "crates/a/src/commonwealth.rs", "", &[]);
    }

    #[test]
    fn unfinished_work_needs_an_issue() {
        let todo = ["TO", "DO"].concat();
        check(unfinished, "a.rs", &format!("// {todo}: later"), &[1]);
        check(unfinished, "a.rs", &format!("// {todo}(#12): later"), &[]);
        check(unfinished, "a.rs", &format!("// {}: now", ["FIX", "ME"].concat()), &[1]);
        check(unfinished, "a.rs", &format!("let x = MAS{todo}N;"), &[]);
    }

    #[test]
    fn wide_lines_silent_tests_and_wandering_unsafe_are_found() {
        check(width, "a.rs", &"x".repeat(101), &[1]);
        check(width, "a.rs", &"…".repeat(100), &[]);
        let snapshot = format!("expect![[r#\"\n{}\n\"#]]\n{}", "x".repeat(101), "y".repeat(101));
        check(width, "a.rs", &snapshot, &[4]);
        check(width, "a.rs", &format!("let message = \"{}\";", "x".repeat(101)), &[]);
        check(width, "a.rs", &format!("// {}", "x".repeat(101)), &[1]);
        check(tests_run, "a.rs", &["//!\n#[ign", "ore]"].concat(), &[2]);
        check(tests_run, "a.rs", &["//!\n#[should", "_panic]"].concat(), &[2]);
        let exception = ["#[expect(unsafe", "_code)]"].concat();
        check(unsafe_rooms, "crates/node/src/a.rs", &exception, &[1]);
        check(unsafe_rooms, "crates/store/src/a.rs", &exception, &[]);
        check(file_rooms, "crates/edge/src/a.rs", "use std::fs;", &[1]);
        check(file_rooms, "crates/store/src/a.rs", "use std::fs;", &[]);
    }

    #[test]
    fn tests_do_not_count_towards_a_files_size() {
        let long = "x\n".repeat(500) + "mod tests {\n" + &"x\n".repeat(900);
        check(size, "a.rs", &long, &[]);
        check(size, "a.rs", &"x\n".repeat(901), &[0]);
    }
}
