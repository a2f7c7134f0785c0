//! One ordered stream of rows out of several levels, the newest row of each key winning.

use super::delta::Row;
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
}

impl Iterator for Merge<'_> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        if let Some(error) = self.error.take() {
            self.sources.clear();
            return Some(Err(error));
        }
        let mut least: Option<&Row> = None;
        for row in self.sources.iter().filter_map(|(_, head)| head.as_ref()) {
            let is_less = least.is_none_or(|least| order(row, least) == Ordering::Less);
            if is_less {
                least = Some(row);
            }
        }
        let winner = least?.clone();
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
