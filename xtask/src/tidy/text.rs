//! Where a source file's texts are: string literals, plain and raw, over as many lines as they
//! take.
//!
//! Just enough of a lexer for Rust and Python to tell code from text; it is wrong only where a
//! reader would be confused as well.

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    Comment,
    /// Inside `"…"`.
    Text,
    /// Inside `r"…"` with this many `#`.
    Raw(usize),
}

/// For each line, the length of the longest piece of text on it.
pub(super) fn longest_per_line(source: &str) -> Vec<usize> {
    let mut place = Place::Code;
    source
        .lines()
        .map(|line| {
            let longest = longest(line, &mut place);
            if place == Place::Comment {
                place = Place::Code;
            }
            longest
        })
        .collect()
}

fn longest(line: &str, place: &mut Place) -> usize {
    let (mut longest, mut current) = (0, 0);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (taken, next) = step(rest, *place);
        let is_text = matches!(place, Place::Text | Place::Raw(_)) && next == *place;
        current = if is_text { current + 1 } else { 0 };
        longest = longest.max(current);
        *place = next;
        rest = rest.get(taken.max(first.len_utf8())..).unwrap_or_default();
    }
    longest
}

/// How many bytes belong together here, and what stands behind them.
fn step(rest: &str, place: Place) -> (usize, Place) {
    match place {
        Place::Comment => (rest.len(), Place::Comment),
        Place::Text if rest.starts_with('\\') => (2, Place::Text),
        Place::Text if rest.starts_with('"') => (1, Place::Code),
        Place::Text => (0, Place::Text),
        Place::Raw(hashes) => {
            let end = format!("\"{}", "#".repeat(hashes));
            if rest.starts_with(&end) { (end.len(), Place::Code) } else { (0, place) }
        }
        Place::Code if rest.starts_with("//") => (rest.len(), Place::Comment),
        // A quote as a character opens nothing.
        Place::Code if rest.starts_with("'\"'") => (3, Place::Code),
        Place::Code if rest.starts_with("'\\\"'") => (4, Place::Code),
        Place::Code if rest.starts_with("r#") || rest.starts_with("r\"") => {
            let hashes = rest.chars().skip(1).take_while(|c| *c == '#').count();
            let is_raw = rest.get(1 + hashes..).is_some_and(|behind| behind.starts_with('"'));
            if is_raw { (2 + hashes, Place::Raw(hashes)) } else { (1, Place::Code) }
        }
        Place::Code if rest.starts_with('"') => (1, Place::Text),
        Place::Code => (0, Place::Code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_measured_and_code_is_not() {
        let table = [
            ("let a = \"12345\";", vec![5]),
            ("let a = \"1\\\"345\";", vec![5]),
            ("let a = r#\"1\"34\"#;", vec![4]),
            ("let a = '\"'; let b = 7;", vec![0]),
            ("// says \"nothing\"\nlet a = 1;", vec![0, 0]),
            ("let a = \"12\n345\n\";\nlet b = 1;", vec![2, 3, 0, 0]),
            ("let a = r#\"\n1\"2\n\"#; let b = \"12\";", vec![0, 3, 2]),
            ("for r in 0..9 { f(r#type); }", vec![0]),
        ];
        for (source, expected) in table {
            assert_eq!(longest_per_line(source), expected, "{source}");
        }
    }
}
