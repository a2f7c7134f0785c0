//! `cargo xtask new-operation SERVICE Name`: the first draft of an operation, in the house's shape.
//!
//! It adds the operation to `models/served.toml`, generates its shapes, and drafts its file with
//! every member of its input taken by name. What is left is printed; while a member is neither
//! honoured nor refused, clippy calls it unused.

use crate::generate::{self, emit::snake_case};
use crate::workspace::Workspace;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::fs;

const SERVED: &str = "models/served.toml";

/// Words that start the names of operations which change nothing.
const READING: [&str; 5] = ["Get", "List", "Describe", "Filter", "Head"];

pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let [service, name] = options else {
        bail!("say which: `cargo xtask new-operation sqs ListQueues`");
    };
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric());
    ensure!(is_name, "`{name}` is not how AWS writes an operation (`ListQueues`)");
    let folder = workspace.path("crates/services/src").join(service);
    ensure!(folder.is_dir(), "there is no service `{service}` in crates/services/src");
    let module = snake_case(name);
    let file = folder.join(format!("{module}.rs"));
    ensure!(!file.exists(), "`{}` is already there", file.display());

    let served = workspace.path(SERVED);
    let before = fs::read_to_string(&served).with_context(|| format!("could not read {SERVED}"))?;
    fs::write(&served, with_operation(&before, service, name)?)?;
    if let Err(error) = generate::run(workspace, &[]) {
        // An operation that the model does not have must not stay in the list.
        fs::write(&served, before)?;
        return Err(error);
    }
    let generated = workspace.path("crates/aws/src/generated").join(format!("{service}.rs"));
    let generated = fs::read_to_string(generated)?;
    let draft = Draft {
        service,
        name,
        reads: READING.iter().any(|word| name.starts_with(word)),
        input: fields(&generated, &format!("{name}Input")),
        output: fields(&generated, &format!("{name}Output")),
    };
    fs::write(&file, generate::format_source(workspace, &draft.source())?)?;
    println!("wrote crates/services/src/{service}/{module}.rs\n\n{}", draft.what_is_left());
    Ok(true)
}

/// `served.toml` with one more operation, in its place.
fn with_operation(served: &str, service: &str, name: &str) -> Result<String> {
    let section = format!("[{service}]\n");
    let start = served.find(&section).ok_or_else(|| {
        anyhow!("{SERVED} has no section [{service}]; a new service starts there")
    })?;
    let (before, section) = served.split_at(start);
    let (head, rest) =
        section.split_once("operations = [").context("a section lists its operations")?;
    let (list, tail) = rest.split_once(']').context("a list of operations has an end")?;
    let mut operations: Vec<&str> = list
        .split(',')
        .map(|one| one.trim().trim_matches('"'))
        .filter(|one| !one.is_empty())
        .collect();
    ensure!(!operations.contains(&name), "{service} serves {name} already");
    operations.push(name);
    operations.sort_unstable();
    let lines: String = operations.iter().map(|one| format!("    \"{one}\",\n")).collect();
    Ok(format!("{before}{head}operations = [\n{lines}]{tail}"))
}

/// The names of a generated struct's fields; `None` where it stands for a shared shape.
fn fields(generated: &str, name: &str) -> Option<Vec<String>> {
    let (_, body) = generated.split_once(&format!("pub struct {name} {{"))?;
    let (body, _) = body.split_once('}')?;
    let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
    Some(fields.map(|(field, _)| field.to_owned()).collect())
}

struct Draft<'a> {
    service: &'a str,
    name: &'a str,
    /// Whether it changes nothing.
    reads: bool,
    input: Option<Vec<String>>,
    output: Option<Vec<String>>,
}

impl Draft<'_> {
    fn source(&self) -> String {
        let Draft { service, name, .. } = self;
        let (kernel, body) =
            if self.reads { ("Caller, Look", READ) } else { ("Caller, Outcome, Turn", APPLY) };
        let head = format!(
            "//! `{name}`: (what it does, and what AWS's page says that a reader would not guess).\n\n\
             use super::{{Error, Reply, State}};\n\
             use crate::Work;\n\
             use kernel::{{{kernel}}};\n\
             use minicbor::{{Decode, Encode}};\n\
             use tidemill_aws::generated::{service}::{{{name}Input, {name}Output}};\n\
             use tidemill_kernel as kernel;\n\n"
        );
        let head =
            if self.reads { head.replace("use minicbor::{Decode, Encode};\n", "") } else { head };
        let body = body
            .replace("INPUT", &pattern(&format!("{name}Input"), self.input.as_deref()))
            .replace("OUTPUT", &pattern(&format!("{name}Output"), self.output.as_deref()))
            .replace("Operation", name);
        format!("{head}{body}")
    }

    fn what_is_left(&self) -> String {
        let Draft { service, name, reads, .. } = self;
        let module = snake_case(name);
        let (list, call) = if *reads { ("Query", "read") } else { ("Command", "apply") };
        let tag = if *reads { "" } else { ", under the next free tag (never reuse one)" };
        format!(
            "left to do in crates/services/src/{service}/mod.rs:\n\
             \x20 mod {module};\n\
             \x20 {list}::{name}(…){tag}\n\
             \x20 {list}::{name}(…) => {module}::{call}(…)\n\
             \x20 \"{name}\" => {module}::decode in `decode`, and {module}::encode in `encode`\n\
             then its file: honour or refuse every member, and write its tests\n\
             then `cargo xtask ci`"
        )
    }
}

/// `Name { a, b }`, or `Name(shared)`.
fn pattern(name: &str, fields: Option<&[String]>) -> String {
    match fields {
        Some([]) => format!("{name} {{}}"),
        Some(fields) => format!("{name} {{ {} }}", fields.join(", ")),
        None => format!("{name}(shared)"),
    }
}

const APPLY: &str = "\
/// What the log holds of it. Numbers are for ever: append, never reuse.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Operation {}

pub(super) fn decode(input: OperationInput, caller: &Caller) -> Result<Work, Error> {
    let INPUT = input;
    unimplemented!()
}

pub(super) fn apply(
    state: &mut State,
    turn: &mut Turn<'_>,
    command: Operation,
) -> Result<Outcome<Reply>, Error> {
    unimplemented!()
}

pub(super) fn encode(reply: Reply) -> OperationOutput {
    OUTPUT
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;
}
";

const READ: &str = "\
/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {}

pub(super) fn decode(input: OperationInput, caller: &Caller) -> Result<Work, Error> {
    let INPUT = input;
    unimplemented!()
}

pub(super) fn read(state: &State, look: &Look<'_>, query: &Operation) -> Result<Reply, Error> {
    unimplemented!()
}

pub(super) fn encode(reply: Reply) -> OperationOutput {
    OUTPUT
}

#[cfg(test)]
mod tests {
    use super::super::script::check;
    use expect_test::expect;
}
";

#[cfg(test)]
mod tests {
    use super::*;

    const SERVED: &str = "[a]\noperations = [\"Get\"]\n\n[b]\nmodel = \"b\"\noperations = [\n    \
                          \"ListThings\",\n    \"TagThing\",\n]\n\n[c]\noperations = [\"Get\"]\n";

    #[test]
    fn an_operation_is_listed_in_its_service_and_order() {
        let served = with_operation(SERVED, "b", "PutThing").expect("new");
        assert!(
            served.contains("\"ListThings\",\n    \"PutThing\",\n    \"TagThing\",\n]"),
            "{served}"
        );
        assert!(served.ends_with("[c]\noperations = [\"Get\"]\n"), "{served}");
        assert!(with_operation(SERVED, "b", "TagThing").is_err(), "it is there already");
        assert!(with_operation(SERVED, "d", "TagThing").is_err(), "no such service");
    }

    #[test]
    fn a_draft_takes_every_member_by_name() {
        let generated = "pub struct PutThingInput {\n    pub name: String,\n    pub r#type: \
                         Option<Vec<String>>,\n}\npub struct PutThingOutput(pub Thing);\n";
        let draft = Draft {
            service: "b",
            name: "PutThing",
            reads: false,
            input: fields(generated, "PutThingInput"),
            output: fields(generated, "PutThingOutput"),
        };
        let source = draft.source();
        assert!(source.contains("let PutThingInput { name, r#type } = input;"), "{source}");
        assert!(source.contains("    PutThingOutput(shared)\n"), "{source}");
    }
}
