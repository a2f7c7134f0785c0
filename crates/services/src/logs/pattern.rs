//! Filter patterns over plain text: which messages `FilterLogEvents` returns.
//!
//! `ERROR` and `"two words"` must be there, `-DEBUG` must not, and of several `?WARN` at least
//! one must. Terms are compared with the whole message, case and all.
//!
//! AWS behaviour this follows: CloudWatch Logs User Guide, "Filter pattern syntax", unstructured
//! events. JSON and space-delimited patterns are refused by name.

use super::Error;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; an empty one takes everything.
    ///
    /// # Errors
    /// For patterns over JSON or columns, regular expressions, and an open quote.
    pub fn parse(text: &str) -> Result<Pattern, Error> {
        let mut rest = text.trim();
        if rest.starts_with(['{', '[', '%']) {
            let detail = " with a JSON, space-delimited or regular expression pattern";
            return Err(Error::Unsupported { parameter: "filterPattern", detail });
        }
        let mut pattern = Pattern::default();
        while !rest.is_empty() {
            let (terms, after): (&mut Vec<String>, &str) =
                if let Some(after) = rest.strip_prefix('?') {
                    (&mut pattern.any, after)
                } else if let Some(after) = rest.strip_prefix('-') {
                    (&mut pattern.none, after)
                } else {
                    (&mut pattern.all, rest)
                };
            let (term, after) = read_term(after)?;
            terms.push(term);
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    #[must_use]
    pub fn takes(&self, message: &str) -> bool {
        self.all.iter().all(|term| message.contains(term))
            && (self.any.is_empty() || self.any.iter().any(|term| message.contains(term)))
            && !self.none.iter().any(|term| message.contains(term))
    }
}

fn read_term(text: &str) -> Result<(String, &str), Error> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (term, rest) = text.split_at(end);
        return if term.is_empty() { Err(invalid()) } else { Ok((term.to_owned(), rest)) };
    };
    let mut term = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Ok((term, quoted.get(index + 1..).unwrap_or_default())),
            '\\' => term.extend(characters.next().map(|(_, escaped)| escaped)),
            other => term.push(other),
        }
    }
    Err(invalid())
}

fn invalid() -> Error {
    Error::InvalidParameter("Invalid filter pattern".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_required_optional_or_forbidden() {
        let message = r#"2026 ERROR "disk" is full"#;
        for (pattern, takes) in [
            ("", true),
            ("ERROR", true),
            ("error", false),
            ("ERROR full", true),
            ("ERROR empty", false),
            (r#""is full""#, true),
            (r#""full is""#, false),
            (r#""\"disk\"""#, true),
            ("?WARN ?ERROR", true),
            ("?WARN ?INFO", false),
            ("ERROR -disk", false),
            ("ERROR -tape", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().takes(message), takes, "{pattern}");
        }
        for bad in ["{ $.level = 1 }", "[a, b]", "%x%", "\"open", "?", "- x"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
