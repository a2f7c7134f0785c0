//! `cargo xtask generate`: the AWS shapes, from the service models inside a pinned botocore.
//!
//! ```text
//! models/served.toml ─┐
//! botocore's models  ─┴▶ model (names decided) ──▶ emit ──▶ rustfmt ──▶ crates/aws/src/generated
//! ```
//!
//! The same inputs give the same bytes; `--check` says whether the committed files are those.

pub(crate) mod emit;
pub(crate) mod model;

use crate::workspace::{Workspace, must_run, user_cache};
use anyhow::{Context, Result, anyhow, bail, ensure};
use model::QueryOverlay;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SERVED: &str = "models/served.toml";
const GENERATED: &str = "crates/aws/src/generated";

/// Prints a service's model; a JSON file or a compressed one, whichever this release carries.
const PRINT_MODEL: &str = "\
import botocore, gzip, os, sys
assert botocore.__version__ == sys.argv[1], botocore.__version__
path = os.path.join(os.path.dirname(botocore.__file__), 'data', sys.argv[2], 'service-2.json')
opener = open if os.path.exists(path) else lambda p, mode: gzip.open(p + '.gz', mode)
sys.stdout.buffer.write(opener(path, 'rb').read())
";

/// `models/served.toml`.
#[derive(Debug, Deserialize)]
struct Served {
    /// The release of botocore whose models are read.
    botocore: String,
    #[serde(flatten)]
    services: BTreeMap<String, ServedService>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServedService {
    /// Folder and date, e.g. `sqs/2012-11-05`.
    model: String,
    protocols: Vec<String>,
    /// What stands before the `#` in an error's `__type`.
    namespace: Option<String>,
    query_overlay: Option<String>,
    /// `missing-parameter`, or the error code of a constraint violation.
    validation: String,
    /// String shapes whose values the service checks itself.
    #[serde(default)]
    open_enums: Vec<String>,
    operations: Vec<String>,
}

/// `models/sqs-query.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverlayFile {
    namespace: String,
    members: BTreeMap<String, String>,
    maps: BTreeMap<String, (String, String)>,
    errors: BTreeMap<String, OverlayError>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OverlayError {
    code: String,
    status: u16,
}

/// Writes the shapes; with `--check`, only says whether they would change.
pub(crate) fn run(workspace: &Workspace, options: &[String]) -> Result<bool> {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let only_check = match options.as_slice() {
        [] => false,
        ["--check"] => true,
        other => bail!("generate takes `--check` or nothing, not `{}`", other.join(" ")),
    };
    let mut outdated = Vec::new();
    for (path, source) in generate(workspace)? {
        if fs::read_to_string(&path).is_ok_and(|current| current == source) {
            continue;
        }
        if !only_check {
            fs::write(&path, source)
                .with_context(|| format!("could not write `{}`", path.display()))?;
        }
        outdated.push(path);
    }
    for path in &outdated {
        let verb = if only_check { "would change" } else { "wrote" };
        println!("{verb} {}", path.strip_prefix(&workspace.root)?.display());
    }
    if only_check && !outdated.is_empty() {
        println!("run `cargo xtask generate` and commit what it writes");
        return Ok(false);
    }
    Ok(true)
}

/// Every generated file with its content.
fn generate(workspace: &Workspace) -> Result<Vec<(PathBuf, String)>> {
    let served: Served = read_toml(&workspace.path(SERVED))?;
    let python = find_botocore(&served.botocore)?;
    let folder = workspace.path(GENERATED);
    let names: Vec<&str> = served.services.keys().map(String::as_str).collect();
    let mut files = vec![(folder.join("mod.rs"), emit::root(&names, &served.botocore))];
    for (name, service) in &served.services {
        let source = generate_service(workspace, &python, &served.botocore, name, service)
            .with_context(|| format!("service `{name}`"))?;
        files.push((folder.join(format!("{name}.rs")), source));
    }
    files.into_iter().map(|(path, source)| Ok((path, format_source(workspace, &source)?))).collect()
}

fn generate_service(
    workspace: &Workspace,
    python: &Path,
    botocore: &str,
    name: &str,
    service: &ServedService,
) -> Result<String> {
    let json = read_model(python, botocore, &service.model)?;
    let overlay = match &service.query_overlay {
        Some(file) => Some(read_overlay(&workspace.path("models").join(file))?),
        None => None,
    };
    let none = serde_json::Map::new();
    let shapes = json.get("shapes").and_then(Value::as_object).unwrap_or(&none);
    let mut shapes = model::Shapes::new(shapes, overlay.as_ref());
    let mut operations = Vec::new();
    for operation in &service.operations {
        let declared = json.get("operations").and_then(|all| all.get(operation));
        let declared = declared.ok_or_else(|| anyhow!("the model has no `{operation}`"))?;
        let mut operation = model::operation(declared);
        // The overlay's protocol wraps every answer; the model that needs one says nothing of it.
        if overlay.is_some() && operation.output.is_some() {
            operation.result_wrapper = Some(format!("{}Result", operation.name));
        }
        for shape in [&operation.input, &operation.output].into_iter().flatten() {
            shapes.read(shape).map_err(|error| anyhow!("{error}"))?;
        }
        operations.push(operation);
    }
    ensure!(operations.is_sorted_by_key(|one| &one.name), "{SERVED}: operations are sorted");
    let mut error_names: Vec<&String> = operations.iter().flat_map(|one| &one.errors).collect();
    // An overlay lists the errors of the whole service; every one of them can be answered.
    error_names.extend(overlay.iter().flat_map(|overlay| overlay.errors.keys()));
    error_names.sort();
    error_names.dedup();
    let errors = error_names.into_iter().map(|error| shapes.error(error));
    let errors = errors.collect::<Result<Vec<_>, _>>().map_err(|error| anyhow!("{error}"))?;
    let metadata = json.get("metadata").unwrap_or(&Value::Null);
    let about = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
    let namespace = overlay.as_ref().map(|overlay| overlay.namespace.clone());
    let mut shapes = shapes.into_done();
    for open in &service.open_enums {
        let shape = shapes.get_mut(open).ok_or_else(|| anyhow!("no shape `{open}` is used"))?;
        shape.rules.values.clear();
    }
    emit::service(&emit::Service {
        name: name.to_owned(),
        title: about("serviceFullName").unwrap_or_default(),
        version: about("apiVersion").unwrap_or_default(),
        model: format!("{} of botocore {botocore}", service.model),
        target_prefix: about("targetPrefix"),
        error_namespace: service.namespace.clone(),
        xml_namespace: namespace.or_else(|| about("xmlNamespace")),
        validation: service.validation.clone(),
        protocols: service.protocols.clone(),
        operations,
        shapes,
        errors,
    })
    .map_err(|error| anyhow!("{error}"))
}

fn read_toml<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("could not read `{}`", path.display()))?;
    toml::from_str(&text).with_context(|| format!("`{}` is not as expected", path.display()))
}

fn read_overlay(path: &Path) -> Result<QueryOverlay> {
    let file: OverlayFile = read_toml(path)?;
    let errors = file.errors.into_iter();
    Ok(QueryOverlay {
        namespace: file.namespace,
        members: file.members,
        maps: file.maps,
        errors: errors.map(|(shape, error)| (shape, (error.code, error.status))).collect(),
    })
}

fn read_model(python: &Path, botocore: &str, model: &str) -> Result<Value> {
    let output = Command::new(python)
        .args(["-c", PRINT_MODEL, botocore, model])
        .output()
        .with_context(|| format!("could not start `{}`", python.display()))?;
    ensure!(
        output.status.success(),
        "could not read the model {model}:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A Python whose botocore is the pinned one: the machine's own when it happens to be, else a
/// virtual environment of our own, made once per pin.
fn find_botocore(version: &str) -> Result<PathBuf> {
    let has_it = |python: &Path| {
        let probe = "import botocore, sys; sys.exit(botocore.__version__ != sys.argv[1])";
        let mut command = Command::new(python);
        command.args(["-c", probe, version]).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let system = std::env::var_os("PYTHON").map_or_else(|| "python3".into(), PathBuf::from);
    if has_it(&system) {
        return Ok(system);
    }
    let home = user_cache()?.join(format!("botocore-{version}"));
    let python = home.join("bin").join("python");
    if !has_it(&python) {
        must_run(Command::new(&system).args(["-m", "venv", "--clear"]).arg(&home))?;
        must_run(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("botocore=={version}")),
        )?;
    }
    Ok(python)
}

/// Source as rustfmt would have it.
pub(crate) fn format_source(workspace: &Workspace, source: &str) -> Result<String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(workspace.path("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("could not start rustfmt")?;
    let mut stdin = child.stdin.take().context("rustfmt has no input")?;
    // Everything is written before anything is read: rustfmt reads all before it writes.
    stdin.write_all(source.as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "rustfmt refused what was generated");
    Ok(String::from_utf8(output.stdout)?)
}
