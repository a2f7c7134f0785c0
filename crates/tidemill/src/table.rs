//! Tables for people: columns as wide as they must be, and values of JSON as short text.

use serde_json::Value;

/// Letters of a body that a line of a table shows.
const BODY_LETTERS_MAX: usize = 60;

/// Lines of left-aligned columns under their titles.
pub(crate) fn lines(titles: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).chain([title.len()]).max().unwrap_or(0)
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}", width = *width))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let titles = line(titles.to_vec());
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(titles).chain(rows).collect()
}

/// A member, at a path of names parted by dots, as text; `-` where there is none.
pub(crate) fn text(value: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(value, |value, name| value.get(name));
    match found {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The members of a list; none where there is no list.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The beginning of a body on one line. Control characters would move the terminal's cursor.
pub(crate) fn excerpt(body: &str) -> String {
    let letters = body.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let mut excerpt: String = letters.take(BODY_LETTERS_MAX).collect();
    if body.chars().nth(BODY_LETTERS_MAX).is_some() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows =
            [vec!["orders".to_owned(), "1".to_owned()], vec!["a".to_owned(), "20".to_owned()]];
        expect![[r"
            QUEUE   N
            orders  1
            a       20"]]
        .assert_eq(&lines(&["QUEUE", "N"], &rows).join("\n"));
    }

    #[test]
    fn values_are_shown_short_and_harmless() {
        let value = json!({ "a": { "b": 7 }, "none": null, "text": "x" });
        assert_eq!(text(&value, "a.b"), "7");
        assert_eq!(text(&value, "none"), "-");
        assert_eq!(text(&value, "missing.b"), "-");
        assert_eq!(text(&value, "text"), "x");
        assert_eq!(excerpt("a\u{1b}[2Jb\nc"), "a [2Jb c");
        assert_eq!(excerpt(&"x".repeat(61)).chars().count(), 61);
    }
}
