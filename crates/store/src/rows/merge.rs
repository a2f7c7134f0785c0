//! One ordered stream of rows out of several levels, the newest row of each key winning.

use super::file::Row;
use std::cmp::Ordering;
use std::io;

pub(crate) type Source<'a> = Box<dyn Iterator<Item = io::Result<Row>> + 'a>;

/// Levels newest first. Tombstones come through: only the caller knows whether anything lies
/// below them.
pub(crate) struct Merge<'a> {
    sources: Vec<(Source<'a>, Option<Row>)>,
    error: Option<io::Error>,
}

impl<'a> Merge<'a> {
    pub(crate) fn new(sources: Vec<Source<'a>>) -> Merge<'a> {
        let mut merge = Merge { sources: Vec::new(), error: None };
        for mut source in sources {
            match source.next().transpose() {
                Ok(first) => merge.sources.push((source, first)),
                Err(error) => merge.error = Some(error),
            }
        }
        merge
    }

    /// What comes next; `None` also when it is an error.
    pub(crate) fn peek(&self) -> Option<&Row> {
        self.least_of(self.sources.len())
    }

    /// What comes next out of the first so many sources.
    pub(crate) fn least_of(&self, count: usize) -> Option<&Row> {
        if self.error.is_some() {
            return None;
        }
        let heads = self.sources.iter().take(count).filter_map(|(_, head)| head.as_ref());
        // The first of equals: the newest.
        heads.min_by(|a, b| order(a, b))
    }
}

impl Iterator for Merge<'_> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        if let Some(error) = self.error.take() {
            self.sources.clear();
            return Some(Err(error));
        }
        let winner = self.peek()?.clone();
        for (source, head) in &mut self.sources {
            let is_winner = head.as_ref().is_some_and(|row| order(row, &winner).is_eq());
            if is_winner {
                match source.next().transpose() {
                    Ok(next) => *head = next,
                    Err(error) => self.error = Some(error),
                }
            }
        }
        Some(Ok(winner))
    }
}

fn order(a: &Row, b: &Row) -> Ordering {
    (a.table, &a.key).cmp(&(b.table, &b.key))
}
