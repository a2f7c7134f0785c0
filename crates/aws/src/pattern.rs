//! Patterns: the regular expressions of the service models, compiled when first needed.

use regex_lite::Regex;
use std::fmt;
use std::sync::OnceLock;

/// A pattern as the model writes it (Java's dialect), matched against the whole text.
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Regex>,
}

impl Pattern {
    #[must_use]
    pub const fn new(source: &'static str) -> Pattern {
        Pattern { source, compiled: OnceLock::new() }
    }

    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// # Panics
    /// When the pattern is not one this crate can read; a test compiles every generated one.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| match Regex::new(&translate(self.source)) {
            Ok(compiled) => compiled,
            Err(error) => panic!("pattern {} of the model: {error}", self.source),
        });
        compiled.is_match(text)
    }
}

/// Java's dialect in ours. The matcher carries no Unicode tables, so letters, separators and
/// digits (`\p{L}`, `\p{Z}`, `\p{N}`, always together in the models) are every character beyond
/// ASCII; and Java's `\u10000` means four digits and a zero, where AWS means the whole plane.
fn translate(source: &str) -> String {
    let source = source
        .replace(r"\p{L}\p{Z}\p{N}", r"a-zA-Z0-9 \x{80}-\x{10FFFF}")
        .replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}")
        .replace(r"\uD7FF\uE000", r"\x{D7FF}\x{E000}")
        // The matcher looks neither back nor ahead: a bucket's name that ends in no dot, and a
        // collection's that does not start with `system.` (which no served operation takes).
        .replace(r"[0-9A-Za-z\.\-_]*(?<!\.)", r"([0-9A-Za-z\.\-_]*[0-9A-Za-z\-_])?")
        .replace(r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])", "[_a-zA-Z0-9]");
    format!("^(?:{source})$")
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_must_match_the_whole_text() {
        for (pattern, good, bad) in [
            (r"[\w+=,.@-]+", "deploy@prod", "deploy/prod"),
            (r"\d{12}", "000000000000", "0000000000000"),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "équipe rouge", "a*b"),
            (r"[0-9A-Za-z\.\-_]*(?<!\.)", "my.bucket", "my.bucket."),
            (r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)", "/team/", "team"),
        ] {
            let pattern = Pattern::new(pattern);
            assert!(pattern.matches(good), "{pattern:?} {good}");
            assert!(!pattern.matches(bad), "{pattern:?} {bad}");
        }
    }
}
