//! Rules about crates: who may use whom, and what a pure crate may touch.

use super::{Finding, Tree};
use crate::workspace::{Metadata, Package};
use toml::{Table, Value};

/// Our crates from the ground up, each with those it may use. What a crate must **not** know is
/// the point: `edge` cannot name a file because `store` is out of its reach.
const LAYERS: [(&str, &[&str]); 11] = [
    ("tidemill-kernel", &[]),
    ("tidemill-aws", &["tidemill-kernel"]),
    ("tidemill-expr", &[]),
    ("tidemill-services", &["tidemill-aws", "tidemill-expr", "tidemill-kernel"]),
    ("tidemill-store", &["tidemill-kernel"]),
    ("tidemill-runner", &["tidemill-kernel"]),
    (
        "tidemill-node",
        &[
            "tidemill-aws",
            "tidemill-kernel",
            "tidemill-runner",
            "tidemill-services",
            "tidemill-store",
        ],
    ),
    (
        "tidemill-sim",
        &[
            "tidemill-aws",
            "tidemill-kernel",
            "tidemill-node",
            "tidemill-services",
            "tidemill-store",
        ],
    ),
    ("tidemill-edge", &["tidemill-aws", "tidemill-kernel", "tidemill-node", "tidemill-services"]),
    (
        "tidemill",
        &[
            "tidemill-aws",
            "tidemill-edge",
            "tidemill-kernel",
            "tidemill-node",
            "tidemill-runner",
            "tidemill-services",
            "tidemill-store",
        ],
    ),
    ("xtask", &[]),
];

/// What the pure crates may be built from: code that computes and does nothing else.
const PURE: [(&str, &[&str]); 4] = [
    ("kernel", &["blake3", "bytes", "minicbor"]),
    (
        "aws",
        &[
            "base64",
            "bytes",
            "hmac",
            "http",
            "itoa",
            "md-5",
            "minicbor",
            "percent-encoding",
            "quick-xml",
            "regex-lite",
            "ryu",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "thiserror",
        ],
    ),
    ("expr", &["serde_json", "thiserror"]),
    (
        "services",
        &[
            "base64",
            "blake3",
            "bytes",
            "crc-fast",
            "hmac",
            "md-5",
            "minicbor",
            "percent-encoding",
            "serde",
            "serde_json",
            "sha1",
            "sha2",
            "subtle",
            "thiserror",
        ],
    ),
];

/// What every pure crate's clippy.toml must refuse, at least.
const REFUSED: [&str; 14] = [
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::thread::spawn",
    "std::thread::sleep",
    "std::env::var",
    "std::env::var_os",
    "std::fs::read",
    "std::fs::write",
    "std::fs::File",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::process::Command",
    "std::collections::HashMap",
    "std::collections::HashSet",
];

pub(super) fn arrows(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        findings.extend(arrows_of(package));
    }
    findings
}

fn arrows_of(package: &Package) -> Vec<Finding> {
    let at = format!("crate {}", package.name);
    let Some(rank) = rank(&package.name) else {
        return vec![Finding::error(
            &at,
            0,
            "has no place in the picture: decide what it may use (xtask/src/tidy/crates.rs) and \
             draw it in ARCHITECTURE.md",
        )];
    };
    let allowed = LAYERS.get(rank).map_or(&[][..], |(_, allowed)| *allowed);
    package
        .dependencies
        .iter()
        .filter_map(|dependency| {
            let to = self::rank(&dependency.name)?;
            // A test may reach for anything below (a store for a test of the edge): it cannot
            // make production code depend on it. Never upwards.
            let is_test = dependency.kind.as_deref() == Some("dev");
            if allowed.contains(&dependency.name.as_str()) || (is_test && to < rank) {
                return None;
            }
            let what = format!(
                "uses {}, which is not below it: arrows between crates point down only, so that \
                 what a crate does not know stays unknown to it",
                dependency.name
            );
            Some(Finding::error(&at, 0, what))
        })
        .collect()
}

fn rank(name: &str) -> Option<usize> {
    LAYERS.iter().position(|(known, _)| *known == name)
}

pub(super) fn pure_dependencies(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, allowed) in PURE {
        let name = format!("tidemill-{folder}");
        for package in metadata.members().filter(|package| package.name == name) {
            for dependency in &package.dependencies {
                let is_ours = rank(&dependency.name).is_some();
                let is_test = dependency.kind.as_deref() == Some("dev");
                if is_ours || is_test || allowed.contains(&dependency.name.as_str()) {
                    continue;
                }
                let what = format!(
                    "depends on {}: a pure crate is built from code that only computes (no clock, \
                     chance, thread, file, socket); the list is in xtask/src/tidy/crates.rs",
                    dependency.name
                );
                findings.push(Finding::error(&format!("crates/{folder}/Cargo.toml"), 0, what));
            }
        }
    }
    findings
}

pub(super) fn locks(tree: &Tree) -> Vec<Finding> {
    let root = parse(tree, "clippy.toml").unwrap_or_default();
    let mut findings = Vec::new();
    for (folder, _) in PURE {
        let path = format!("crates/{folder}/clippy.toml");
        let Some(lock) = parse(tree, &path) else {
            findings.push(Finding::error(
                &path,
                0,
                "is missing or not TOML: a pure crate refuses clock, chance, threads, files and \
                 sockets where a person would reach for them",
            ));
            continue;
        };
        findings.extend(lock_findings(&path, &lock));
        findings.extend(disagreements(&path, &lock, &root));
    }
    // The other crates' files must agree as well: a crate's clippy.toml replaces the root's.
    for (path, _) in tree.with_extension("toml") {
        let is_pure = PURE.iter().any(|(folder, _)| path == format!("crates/{folder}/clippy.toml"));
        if path.ends_with("/clippy.toml")
            && !is_pure
            && let Some(settings) = parse(tree, path)
        {
            findings.extend(disagreements(path, &settings, &root));
        }
    }
    findings
}

fn lock_findings(path: &str, lock: &Table) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut refused = Vec::new();
    for list in ["disallowed-methods", "disallowed-types"] {
        for entry in lock.get(list).and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            refused.push(text("path").to_owned());
            if text("reason").len() < 10 {
                let what = format!(
                    "`{}` is refused without a reason: whoever meets it must learn which road to \
                     take instead",
                    text("path")
                );
                findings.push(Finding::error(path, 0, what));
            }
        }
    }
    for required in REFUSED {
        if !refused.iter().any(|path| path == required) {
            findings.push(Finding::error(path, 0, format!("does not refuse `{required}`")));
        }
    }
    findings
}

fn disagreements(path: &str, settings: &Table, root: &Table) -> Vec<Finding> {
    root.iter()
        .filter(|(key, value)| settings.get(key.as_str()) != Some(*value))
        .map(|(key, value)| {
            let what = format!(
                "must say `{key} = {}` like the root's: a crate's clippy.toml replaces it, and two \
                 houses would have two styles",
                toml_text(value)
            );
            Finding::error(path, 0, what)
        })
        .collect()
}

pub(super) fn inherited_lints(tree: &Tree) -> Vec<Finding> {
    members(tree)
        .filter(|(_, manifest)| {
            let inherits = |table: &Table| table.get("workspace") == Some(&Value::Boolean(true));
            !manifest.get("lints").and_then(Value::as_table).is_some_and(inherits)
        })
        .map(|(path, _)| {
            Finding::error(
                path,
                0,
                "must say `[lints] workspace = true`: a crate without the lints is a crate where \
                 an unwrap goes unseen",
            )
        })
        .collect()
}

pub(super) fn versions_once(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, manifest) in members(tree) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in manifest.get(kind).and_then(Value::as_table).into_iter().flatten()
            {
                if value.get("workspace") != Some(&Value::Boolean(true)) {
                    let what = format!(
                        "`{name}` must be `{name}.workspace = true`: versions stand once, in the \
                         root's Cargo.toml, so that a crate is never built twice by accident"
                    );
                    findings.push(Finding::error(path, 0, what));
                }
            }
        }
    }
    findings
}

/// The house's own manifests; one that opens a workspace of its own is a stranger on purpose, such
/// as a function that a test deploys.
fn members(tree: &Tree) -> impl Iterator<Item = (&str, Table)> {
    tree.with_extension("toml")
        .filter(|(path, _)| path.ends_with("/Cargo.toml") && !path.starts_with("examples/"))
        .filter_map(|(path, _)| Some((path, parse(tree, path)?)))
        .filter(|(_, manifest)| !manifest.contains_key("workspace"))
}

fn toml_text(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::String(_)
        | Value::Float(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => format!("{value:?}"),
    }
}

fn parse(tree: &Tree, path: &str) -> Option<Table> {
    toml::from_str(tree.text(path)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependencies: Vec<_> = dependencies
            .iter()
            .map(|(name, kind)| serde_json::json!({ "name": name, "kind": kind }))
            .collect();
        serde_json::from_value(serde_json::json!({
            "id": name, "name": name, "version": "0.1.0", "license": null,
            "dependencies": dependencies,
        }))
        .expect("the shape that cargo writes")
    }

    #[test]
    fn an_arrow_that_points_up_or_sideways_is_found() {
        let table = [
            ("tidemill-services", "tidemill-kernel", None, 0),
            ("tidemill-services", "tidemill-store", None, 1),
            ("tidemill-kernel", "tidemill-aws", None, 1),
            ("tidemill-edge", "tidemill-store", None, 1),
            ("tidemill-edge", "tidemill-store", Some("dev"), 0),
            ("tidemill-node", "tidemill-sim", Some("dev"), 1),
            ("tidemill-runner", "tidemill-services", None, 1),
            ("tidemill-stranger", "tidemill-kernel", None, 1),
            ("tidemill-store", "rustix", None, 0),
        ];
        for (from, to, kind, expected) in table {
            let findings = arrows_of(&package(from, &[(to, kind)]));
            assert_eq!(findings.len(), expected, "{from} → {to}: {findings:?}");
        }
    }

    #[test]
    fn a_lock_must_refuse_give_reasons_and_agree_with_the_root() {
        let entries: Vec<String> = REFUSED
            .iter()
            .map(|path| format!("{{ path = \"{path}\", reason = \"only `store` knows files\" }}"))
            .collect();
        let whole = format!("max = 70\ndisallowed-types = [{}]", entries.join(", "));
        let unreasoned = whole.replacen("only `store` knows files", "no", 1);
        let open = whole.replace("std::fs::File", "std::fs::Other");
        let other = whole.replace("70", "90");
        let table = [(whole.as_str(), 0), (&unreasoned, 1), (&open, 1), (&other, 1), ("max = ", 1)];
        for (kernel, expected) in table {
            let others = PURE.iter().filter(|(folder, _)| *folder != "kernel");
            let others: Vec<String> =
                others.map(|(folder, _)| format!("crates/{folder}/clippy.toml")).collect();
            let mut files =
                vec![("clippy.toml", "max = 70"), ("crates/kernel/clippy.toml", kernel)];
            files.extend(others.iter().map(|path| (path.as_str(), whole.as_str())));
            let tree = Tree::of(&files);
            let findings = locks(&tree);
            assert_eq!(findings.len(), expected, "{findings:#?}");
        }
    }

    #[test]
    fn manifests_inherit_lints_and_versions() {
        let good = "[dependencies]\nbytes.workspace = true\n[lints]\nworkspace = true";
        let bad = "[dependencies]\nbytes = \"1\"";
        let stranger = format!("[workspace]\n{bad}");
        let tree = Tree::of(&[
            ("crates/a/Cargo.toml", good),
            ("crates/b/Cargo.toml", bad),
            ("tests/c/Cargo.toml", &stranger),
        ]);
        assert_eq!(inherited_lints(&tree).len(), 1);
        assert_eq!(versions_once(&tree).len(), 1);
    }
}
