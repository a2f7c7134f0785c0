//! A model as Rust source: structs for services, static schemas for codecs.

use super::model::{ErrorShape, Kind, Location, Member, Operation, Rules, Shape, TimestampFormat};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

type Result<T> = std::result::Result<T, String>;

/// Everything about one service that ends up in its file.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) version: String,
    /// Where all this comes from, for the file's head.
    pub(super) model: String,
    pub(super) target_prefix: Option<String>,
    pub(super) error_namespace: Option<String>,
    pub(super) xml_namespace: Option<String>,
    pub(super) validation: String,
    pub(super) protocols: Vec<String>,
    pub(super) operations: Vec<Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
    pub(super) errors: Vec<ErrorShape>,
}

/// `generated/mod.rs`.
pub(super) fn root(services: &[&str], botocore: &str) -> String {
    let mut out = format!(
        "//! Shapes of the served operations. Written by `cargo xtask generate` from the service\n\
         //! models of botocore {botocore}; never edited by hand.\n\n"
    );
    for service in services {
        writeln!(out, "pub mod {service};").expect(TO_MEMORY);
    }
    let models = services.iter().map(|service| format!("&{service}::MODEL")).collect::<Vec<_>>();
    write!(
        out,
        "\nuse crate::schema::ServiceModel;\n\n/// Every service whose shapes are generated.\n\
         pub static MODELS: [&ServiceModel; {}] = [{}];\n",
        models.len(),
        models.join(", ")
    )
    .expect(TO_MEMORY);
    out
}

/// `generated/<service>.rs`.
pub(super) fn service(service: &Service) -> Result<String> {
    let types = Types::of(service)?;
    let mut out = format!(
        "//! {}, {}. Written by `cargo xtask generate` from {};\n//! never edited by hand.\n\n\
         use crate::pattern::Pattern;\n\
         use crate::protocol::Protocol;\n\
         use crate::schema::{{self, ErrorShape, Kind, Location, Member, Operation, Schema, \
         ServiceModel, TimestampFormat, Validation}};\n\
         use crate::value::{{input, output, wire}};\n\
         use bytes::Bytes;\n\
         use std::collections::BTreeMap;\n\
         use tidemill_kernel::{{Service, Timestamp}};\n\n",
        service.title, service.version, service.model
    );
    model(&mut out, service)?;
    for operation in &service.operations {
        operation_types(&mut out, service, &types, operation)?;
    }
    for shape in service.shapes.values() {
        if let Kind::Structure(members) = &shape.kind
            && let Some(name) = types.names.get(&shape.name)
            && !types.is_operations_own(&shape.name)
        {
            structure(&mut out, service, &types, name, members)?;
        }
    }
    for shape in service.shapes.values() {
        schema(&mut out, service, shape)?;
    }
    Ok(without_unused_imports(&out))
}

const TO_MEMORY: &str = "writing to memory cannot fail";

/// Which Rust type each structure becomes.
struct Types {
    names: BTreeMap<String, String>,
    /// Shapes that are the input or output of one operation and nothing else.
    own: BTreeSet<String>,
}

impl Types {
    fn of(service: &Service) -> Result<Types> {
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        for operation in &service.operations {
            for shape in [&operation.input, &operation.output].into_iter().flatten() {
                *uses.entry(shape).or_default() += 1;
            }
        }
        for shape in service.shapes.values() {
            for reference in references(&shape.kind) {
                *uses.entry(reference).or_default() += 2;
            }
        }
        let mut names = BTreeMap::new();
        let mut own = BTreeSet::new();
        for operation in &service.operations {
            for (shape, suffix) in [(&operation.input, "Input"), (&operation.output, "Output")] {
                if let Some(shape) = shape
                    && uses.get(shape.as_str()) == Some(&1)
                {
                    names.insert(shape.clone(), format!("{}{suffix}", operation.name));
                    own.insert(shape.clone());
                }
            }
        }
        for shape in service.shapes.values() {
            if matches!(shape.kind, Kind::Structure(_)) && !names.contains_key(&shape.name) {
                names.insert(shape.name.clone(), capitalised(&shape.name));
            }
        }
        let distinct: BTreeSet<&String> = names.values().collect();
        if distinct.len() != names.len() {
            return Err("two shapes would become one Rust type".to_owned());
        }
        Ok(Types { names, own })
    }

    fn is_operations_own(&self, shape: &str) -> bool {
        self.own.contains(shape)
    }
}

fn references(kind: &Kind) -> Vec<&str> {
    match kind {
        Kind::Structure(members) => members.iter().map(|member| member.shape.as_str()).collect(),
        Kind::List { member, .. } => vec![member],
        Kind::Map { key, value, .. } => vec![key, value],
        Kind::Boolean
        | Kind::Integer
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::String
        | Kind::Blob
        | Kind::Timestamp(_) => Vec::new(),
    }
}

fn model(out: &mut String, service: &Service) -> Result<()> {
    let validation = match service.validation.as_str() {
        "missing-parameter" => "Validation::MissingParameter".to_owned(),
        code => format!("Validation::Listed {{ code: {code:?} }}"),
    };
    let protocols = service.protocols.iter().map(|protocol| match protocol.as_str() {
        "json-1.0" => Ok("Protocol::Json10"),
        "json-1.1" => Ok("Protocol::Json11"),
        "query" => Ok("Protocol::Query"),
        "rest-json" => Ok("Protocol::RestJson"),
        other => Err(format!("there is no protocol `{other}`")),
    });
    let protocols = protocols.collect::<Result<Vec<_>>>()?.join(", ");
    let operations = service.operations.iter().map(|one| format!("&{}", constant(&one.name)));
    let errors = service.errors.iter().map(|error| {
        format!(
            "ErrorShape {{ shape: {:?}, code: {:?}, status: {}, is_sender: {}, message_member: {:?}, \
             has_type: {} }}",
            error.shape,
            error.code,
            error.status,
            error.is_sender,
            error.message_member,
            error.has_type
        )
    });
    write!(
        out,
        "pub static MODEL: ServiceModel = ServiceModel {{ service: Service::{}, version: {:?}, \
         protocols: &[{protocols}], target_prefix: {:?}, error_namespace: {:?}, \
         xml_namespace: {:?}, validation: {validation}, operations: &[{}], errors: &[{}] }};\n\n",
        capitalised(&service.name),
        service.version,
        service.target_prefix,
        service.error_namespace,
        service.xml_namespace,
        operations.collect::<Vec<_>>().join(", "),
        errors.collect::<Vec<_>>().join(", "),
    )
    .expect(TO_MEMORY);
    Ok(())
}

/// An operation's entry in the table, and its two structs.
fn operation_types(
    out: &mut String,
    service: &Service,
    types: &Types,
    operation: &Operation,
) -> Result<()> {
    let name = &operation.name;
    let constant = constant(name);
    let schema_of = |shape: &Option<String>| match shape {
        Some(shape) => schema_reference(service, shape),
        None => Ok("&schema::NOTHING".to_owned()),
    };
    let errors = operation.errors.iter().map(|error| format!("{error:?}")).collect::<Vec<_>>();
    let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    write!(
        out,
        "pub static {constant}: Operation = Operation {{ model: &MODEL, name: {name:?}, \
         method: {:?}, uri: {path:?}, uri_query: {query:?}, status: {}, input: {}, output: {}, \
         result_wrapper: {:?}, errors: &[{}] }};\n\n",
        operation.method,
        operation.status,
        schema_of(&operation.input)?,
        schema_of(&operation.output)?,
        operation.result_wrapper,
        errors.join(", "),
    )
    .expect(TO_MEMORY);
    for (shape, side) in [(&operation.input, "Input"), (&operation.output, "Output")] {
        let type_name = format!("{name}{side}");
        match shape.as_ref().map(|shape| (shape, service.shapes.get(shape).map(|s| &s.kind))) {
            None => structure(out, service, types, &type_name, &[])?,
            Some((shape, Some(Kind::Structure(members)))) if types.is_operations_own(shape) => {
                structure(out, service, types, &type_name, members)?;
            }
            Some((shape, _)) => {
                let shared = types.names.get(shape).ok_or_else(|| format!("no type {shape}"))?;
                write!(
                    out,
                    "#[derive(Clone, Debug, Default, PartialEq)]\n\
                     pub struct {type_name}(pub {shared});\n\
                     wire!({type_name}({shared}));\n"
                )
                .expect(TO_MEMORY);
            }
        }
        writeln!(out, "{}!({type_name}, {constant});\n", side.to_lowercase()).expect(TO_MEMORY);
    }
    Ok(())
}

fn structure(
    out: &mut String,
    service: &Service,
    types: &Types,
    name: &str,
    members: &[Member],
) -> Result<()> {
    write!(out, "#[derive(Clone, Debug, Default, PartialEq)]\npub struct {name} {{")
        .expect(TO_MEMORY);
    for member in members {
        let rust = rust_type(service, types, &member.shape)?;
        let rust = if member.is_required { rust } else { format!("Option<{rust}>") };
        write!(out, "pub {}: {rust},", field(&member.name)).expect(TO_MEMORY);
    }
    let fields = members.iter().map(|member| field(&member.name)).collect::<Vec<_>>().join(", ");
    write!(out, "}}\nwire!({name} {{ {fields} }});\n\n").expect(TO_MEMORY);
    Ok(())
}

fn rust_type(service: &Service, types: &Types, shape: &str) -> Result<String> {
    let shape = service.shapes.get(shape).ok_or_else(|| format!("there is no shape `{shape}`"))?;
    Ok(match &shape.kind {
        Kind::Boolean => "bool".to_owned(),
        Kind::Integer => "i32".to_owned(),
        Kind::Long => "i64".to_owned(),
        Kind::Float | Kind::Double => "f64".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Blob => "Bytes".to_owned(),
        Kind::Timestamp(_) => "Timestamp".to_owned(),
        Kind::Structure(_) => types
            .names
            .get(&shape.name)
            .cloned()
            .ok_or_else(|| format!("no type {}", shape.name))?,
        Kind::List { member, .. } => format!("Vec<{}>", rust_type(service, types, member)?),
        Kind::Map { value, .. } => {
            format!("BTreeMap<String, {}>", rust_type(service, types, value)?)
        }
    })
}

/// The static schema of a shape, unless a shared one says all there is to say.
fn schema(out: &mut String, service: &Service, shape: &Shape) -> Result<()> {
    if shared_schema(shape).is_some() {
        return Ok(());
    }
    let constant = schema_constant(&shape.name);
    let kind = match &shape.kind {
        Kind::Boolean => "Kind::Boolean".to_owned(),
        Kind::Integer => "Kind::Integer".to_owned(),
        Kind::Long => "Kind::Long".to_owned(),
        Kind::Float => "Kind::Float".to_owned(),
        Kind::Double => "Kind::Double".to_owned(),
        Kind::String => "Kind::String".to_owned(),
        Kind::Blob => "Kind::Blob".to_owned(),
        Kind::Timestamp(format) => format!("Kind::Timestamp({})", timestamp_format(*format)),
        Kind::Structure(members) => {
            let members = members.iter().map(|member| member_source(service, member));
            let members = members.collect::<Result<Vec<_>>>()?;
            writeln!(
                out,
                "static {constant}_MEMBERS: [Member; {}] = [{}];",
                members.len(),
                members.join(", ")
            )
            .expect(TO_MEMORY);
            format!("Kind::Structure(&{constant}_MEMBERS)")
        }
        Kind::List { member, element } => {
            let member = schema_reference(service, member)?;
            format!("Kind::List {{ member: {member}, element: {element:?} }}")
        }
        Kind::Map { key, value, key_name, value_name } => format!(
            "Kind::Map {{ key: {}, value: {}, key_name: {key_name:?}, value_name: {value_name:?} }}",
            schema_reference(service, key)?,
            schema_reference(service, value)?,
        ),
    };
    let rules = rules(out, &constant, &shape.rules);
    writeln!(out, "static {constant}: Schema = Schema::new({:?}, {kind}){rules};\n", shape.name)
        .expect(TO_MEMORY);
    Ok(())
}

fn rules(out: &mut String, constant: &str, rules: &Rules) -> String {
    let mut source = String::new();
    if let Some(min) = rules.min {
        write!(source, ".min({min:?})").expect(TO_MEMORY);
    }
    if let Some(max) = rules.max {
        write!(source, ".max({max:?})").expect(TO_MEMORY);
    }
    if let Some(pattern) = &rules.pattern {
        writeln!(out, "static {constant}_PATTERN: Pattern = Pattern::new(r#\"{pattern}\"#);")
            .expect(TO_MEMORY);
        write!(source, ".pattern(&{constant}_PATTERN)").expect(TO_MEMORY);
    }
    if !rules.values.is_empty() {
        write!(source, ".values(&{:?})", rules.values).expect(TO_MEMORY);
    }
    if rules.is_sensitive {
        source.push_str(".sensitive()");
    }
    source
}

fn member_source(service: &Service, member: &Member) -> Result<String> {
    let schema = schema_reference(service, &member.shape)?;
    let mut source = format!("Member::new({:?}, {schema})", member.name);
    if member.wire_name != member.name {
        write!(source, ".wire({:?})", member.wire_name).expect(TO_MEMORY);
    }
    if member.query_name != member.name && service.xml_namespace.is_some() {
        write!(source, ".query({:?})", member.query_name).expect(TO_MEMORY);
    }
    if member.is_flattened {
        source.push_str(".flattened()");
    }
    if member.is_required {
        source.push_str(".required()");
    }
    if member.location != Location::Body {
        write!(source, ".at(Location::{:?})", member.location).expect(TO_MEMORY);
    }
    Ok(source)
}

fn schema_reference(service: &Service, shape: &str) -> Result<String> {
    let shape = service.shapes.get(shape).ok_or_else(|| format!("there is no shape `{shape}`"))?;
    Ok(match shared_schema(shape) {
        Some(shared) => format!("&schema::{shared}"),
        None => format!("&{}", schema_constant(&shape.name)),
    })
}

/// The schema that stands for every shape of a kind without rules of its own.
fn shared_schema(shape: &Shape) -> Option<&'static str> {
    let rules = &shape.rules;
    let has_rules = rules.min.is_some()
        || rules.max.is_some()
        || rules.pattern.is_some()
        || !rules.values.is_empty()
        || rules.is_sensitive;
    if has_rules {
        return None;
    }
    match shape.kind {
        Kind::Boolean => Some("BOOLEAN"),
        Kind::Integer => Some("INTEGER"),
        Kind::Long => Some("LONG"),
        Kind::Float => Some("FLOAT"),
        Kind::Double => Some("DOUBLE"),
        Kind::String => Some("STRING"),
        Kind::Blob => Some("BLOB"),
        Kind::Timestamp(TimestampFormat::Default) => Some("TIMESTAMP"),
        Kind::Timestamp(_) | Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => None,
    }
}

fn timestamp_format(format: TimestampFormat) -> &'static str {
    match format {
        TimestampFormat::Default => "TimestampFormat::Default",
        TimestampFormat::Iso8601 => "TimestampFormat::Iso8601",
        TimestampFormat::EpochSeconds => "TimestampFormat::EpochSeconds",
        TimestampFormat::HttpDate => "TimestampFormat::HttpDate",
    }
}

/// Drops what this service happens not to need from the imports at the head.
fn without_unused_imports(source: &str) -> String {
    let Some((head, body)) = source.split_once("\n\nuse ") else { return source.to_owned() };
    let (imports, body) = body.split_once("\n\n").unwrap_or((body, ""));
    let is_used = |name: &str| {
        body.match_indices(name).any(|(at, _)| {
            let before = body[..at].chars().next_back();
            let after = body[at + name.len()..].chars().next();
            // A name in quotes is a shape's, not a type's.
            let goes_on =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"');
            !goes_on(before) && !goes_on(after)
        })
    };
    let mut kept = Vec::new();
    for import in format!("use {imports}").lines() {
        let (path, names) = import.trim_end_matches(';').rsplit_once("::").unwrap_or((import, ""));
        let (path, names) = match import.trim_end_matches(';').split_once("::{") {
            Some((path, list)) => (path, list.trim_end_matches('}')),
            None => (path, names),
        };
        let names: Vec<&str> = names
            .split(", ")
            .filter(|name| is_used(if *name == "self" { "schema" } else { name }))
            .collect();
        match names.as_slice() {
            [] => {}
            [one] => kept.push(format!("{path}::{one};")),
            many => kept.push(format!("{path}::{{{}}};", many.join(", "))),
        }
    }
    format!("{head}\n\n{}\n\n{body}", kept.join("\n"))
}

fn schema_constant(shape: &str) -> String {
    format!("{}_SCHEMA", constant(&shape.replace('@', "_")))
}

fn constant(name: &str) -> String {
    snake_case(name).to_uppercase()
}

fn field(member: &str) -> String {
    let name = snake_case(member);
    if ["type", "match", "ref", "use", "enum", "fn"].contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// `MD5OfMessageBody` → `md5_of_message_body`, `AWSAccountIds` → `aws_account_ids`.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| letters.get(before));
        let after = letters.get(index + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn names_are_split_where_a_reader_would() {
        for (name, expected) in [
            ("QueueUrl", "queue_url"),
            ("MD5OfMessageBody", "md5_of_message_body"),
            ("AWSAccountIds", "aws_account_ids"),
            ("KMSKeyArn", "kms_key_arn"),
            ("S3ObjectVersion", "s3_object_version"),
            ("CodeSha256", "code_sha256"),
            ("tags", "tags"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }

    const MODEL: &str = r#"{
        "PutThingRequest": {"type": "structure", "required": ["Name"], "members": {
            "Name": {"shape": "ThingName", "location": "uri", "locationName": "Name"},
            "Parts": {"shape": "PartList"}
        }},
        "ThingName": {"type": "string", "max": 9},
        "PartList": {"type": "list", "member": {"shape": "Part"}},
        "Part": {"type": "structure", "members": {"MD5OfPart": {"shape": "Text"}}},
        "Text": {"type": "string"}
    }"#;

    #[test]
    fn a_model_becomes_structs_and_schemas() {
        let json: serde_json::Value = serde_json::from_str(MODEL).expect("JSON");
        let shapes = json.as_object().expect("an object");
        let mut shapes = crate::generate::model::Shapes::new(shapes, None);
        shapes.read("PutThingRequest").expect("readable");
        let source = service(&Service {
            name: "lambda".to_owned(),
            title: "A service".to_owned(),
            version: "2026-01-01".to_owned(),
            model: "a model".to_owned(),
            target_prefix: None,
            error_namespace: None,
            xml_namespace: None,
            validation: "ValidationException".to_owned(),
            protocols: vec!["rest-json".to_owned()],
            operations: vec![Operation {
                name: "PutThing".to_owned(),
                method: "PUT".to_owned(),
                uri: "/things/{Name}".to_owned(),
                status: 204,
                input: Some("PutThingRequest".to_owned()),
                output: None,
                result_wrapper: None,
                errors: Vec::new(),
            }],
            shapes: shapes.into_done(),
            errors: Vec::new(),
        });
        let source = source.expect("a service");
        expect![[r#"
            //! A service, 2026-01-01. Written by `cargo xtask generate` from a model;
            //! never edited by hand.

            use crate::protocol::Protocol;
            use crate::schema::{self, Kind, Location, Member, Operation, Schema, ServiceModel, Validation};
            use crate::value::{input, output, wire};
            use tidemill_kernel::Service;

            pub static MODEL: ServiceModel = ServiceModel { service: Service::Lambda, version: "2026-01-01", protocols: &[Protocol::RestJson], target_prefix: None, error_namespace: None, xml_namespace: None, validation: Validation::Listed { code: "ValidationException" }, operations: &[&PUT_THING], errors: &[] };

            pub static PUT_THING: Operation = Operation { model: &MODEL, name: "PutThing", method: "PUT", uri: "/things/{Name}", uri_query: "", status: 204, input: &PUT_THING_REQUEST_SCHEMA, output: &schema::NOTHING, result_wrapper: None, errors: &[] };

            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct PutThingInput {pub name: String,pub parts: Option<Vec<Part>>,}
            wire!(PutThingInput { name, parts });

            input!(PutThingInput, PUT_THING);

            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct PutThingOutput {}
            wire!(PutThingOutput {  });

            output!(PutThingOutput, PUT_THING);

            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct Part {pub md5_of_part: Option<String>,}
            wire!(Part { md5_of_part });

            static PART_SCHEMA_MEMBERS: [Member; 1] = [Member::new("MD5OfPart", &schema::STRING)];
            static PART_SCHEMA: Schema = Schema::new("Part", Kind::Structure(&PART_SCHEMA_MEMBERS));

            static PART_LIST_SCHEMA: Schema = Schema::new("PartList", Kind::List { member: &PART_SCHEMA, element: "member" });

            static PUT_THING_REQUEST_SCHEMA_MEMBERS: [Member; 2] = [Member::new("Name", &THING_NAME_SCHEMA).required().at(Location::Uri), Member::new("Parts", &PART_LIST_SCHEMA)];
            static PUT_THING_REQUEST_SCHEMA: Schema = Schema::new("PutThingRequest", Kind::Structure(&PUT_THING_REQUEST_SCHEMA_MEMBERS));

            static THING_NAME_SCHEMA: Schema = Schema::new("ThingName", Kind::String).max(9.0);

        "#]].assert_eq(&source);
    }
}
