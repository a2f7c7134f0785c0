//! What a test run left out, and why: listed at its end, and refused in CI.
//!
//! A test that cannot run where it is says so and passes (no `strace`, a kernel without Landlock).
//! That is right on a laptop, and a hole in CI: there, such a line counts as a failure.

/// A test that did not test, and its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Skip {
    pub(crate) test: String,
    pub(crate) reason: String,
}

/// Reasons that stand in CI too. Suites of other projects lie beside a checkout, not in it; and a
/// way of writing that a file system does not know is one that no server takes there.
const PERMITTED: [&str; 3] = [
    "there are no protocol cases in ",
    "there are no vectors in ",
    "this file system takes no direct writes",
];

/// Whether this is an automated run, as such systems say it.
pub(crate) fn is_ci() -> bool {
    says_ci(std::env::var("CI").ok().as_deref())
}

fn says_ci(value: Option<&str>) -> bool {
    value.is_some_and(|value| !["", "0", "false"].contains(&value))
}

/// Prints the skips; how many of them count as failures.
pub(crate) fn report<'a>(skips: impl Iterator<Item = &'a Skip>, is_ci: bool) -> u64 {
    let mut forbidden = 0;
    for (index, skip) in skips.enumerate() {
        if index == 0 {
            println!("\nnot run here:");
        }
        let is_permitted = PERMITTED.iter().any(|reason| skip.reason.starts_with(reason));
        let fails = is_ci && !is_permitted;
        forbidden += u64::from(fails);
        let verdict = if fails { "FAILED" } else { "skipped" };
        println!("{verdict:>8}  {}: {}", skip.test, skip.reason);
    }
    if forbidden > 0 {
        println!("(CI is set: what is not run there is run nowhere, so each counts as a failure)");
    }
    forbidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(reason: &str) -> Skip {
        Skip { test: "a test".to_owned(), reason: reason.to_owned() }
    }

    #[test]
    fn in_ci_a_skip_is_a_failure_unless_its_data_cannot_be_there() {
        let skips = [skip("no strace"), skip("there are no vectors in ../data")];
        assert_eq!(report(skips.iter(), false), 0);
        assert_eq!(report(skips.iter(), true), 1);
    }

    #[test]
    fn the_variable_that_such_systems_set_is_understood() {
        let table = [(None, false), (Some("true"), true), (Some("1"), true)];
        let not = [(Some(""), false), (Some("0"), false), (Some("false"), false)];
        for (value, expected) in table.into_iter().chain(not) {
            assert_eq!(says_ci(value), expected, "{value:?}");
        }
    }
}
