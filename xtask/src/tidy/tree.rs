//! The checkout's text files, read once.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is never ours to judge: build output, environments, other tools' own folders.
const SKIPPED: [&str; 5] = ["target", ".git", ".venv", "__pycache__", "node_modules"];

/// What people write and read. Everything else is data.
const EXTENSIONS: [&str; 6] = ["rs", "toml", "md", "py", "sh", "txt"];

/// Paths relative to the root, with `/`, and their text.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// Every path there is, text or not, folders too: what a link may lead to.
    paths: Vec<String>,
}

impl Tree {
    pub(crate) fn read(root: &Path) -> Result<Tree> {
        let mut tree = Tree::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        let entries =
            fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if SKIPPED.contains(&name.as_str()) {
                continue;
            }
            let path = format!("{prefix}{name}");
            self.paths.push(path.clone());
            if entry.file_type()?.is_dir() {
                self.read_folder(&entry.path(), &format!("{path}/"))?;
            } else if is_text(&path) {
                let bytes = fs::read(entry.path()).with_context(|| format!("read {path}"))?;
                self.files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(())
    }

    /// A tree out of a test's own words.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, text) in files {
            let mut folder = String::new();
            for part in path.split('/') {
                folder.push_str(part);
                tree.paths.push(folder.clone());
                folder.push('/');
            }
            tree.files.insert((*path).to_owned(), (*text).to_owned());
        }
        tree
    }

    /// Path and text of every file with this extension.
    pub(crate) fn with_extension<'a>(
        &'a self,
        extension: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.iter().filter(move |(path, _)| {
            path.rsplit_once('.').is_some_and(|(_, actual)| actual == extension)
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty() || self.paths.iter().any(|known| known == path)
    }
}

fn is_text(path: &str) -> bool {
    path.starts_with(".ci/")
        || path.rsplit_once('.').is_some_and(|(_, extension)| EXTENSIONS.contains(&extension))
}

/// Whether a generator wrote this file; it answers for its shape, not a person.
pub(crate) fn is_generated(text: &str) -> bool {
    text.lines().take(3).any(|line| line.contains("ritten by `cargo xtask generate`"))
}

/// A file's lines, numbered from 1.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}
