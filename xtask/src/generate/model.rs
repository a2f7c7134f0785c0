//! A service model as the generator understands it: read from AWS's JSON, with every name that
//! travels already decided. The protocol tests of `crates/aws` read their cases through the same
//! file, so what they prove holds for what is generated.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, String>;

/// The names that the query protocol adds to a model that describes JSON only.
#[derive(Clone, Debug, Default)]
pub(crate) struct QueryOverlay {
    pub(crate) namespace: String,
    /// `Structure.Member` → its name. All of them are flattened.
    pub(crate) members: BTreeMap<String, String>,
    /// Map → names of an entry's key and value.
    pub(crate) maps: BTreeMap<String, (String, String)>,
    /// Error shape → code and status.
    pub(crate) errors: BTreeMap<String, (String, u16)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) rules: Rules,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Long,
    Float,
    Double,
    String,
    Blob,
    Timestamp(TimestampFormat),
    Structure(Vec<Member>),
    List { member: String, element: String },
    Map { key: String, value: String, key_name: String, value_name: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimestampFormat {
    Default,
    Iso8601,
    EpochSeconds,
    HttpDate,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) pattern: Option<String>,
    pub(crate) values: Vec<String>,
    pub(crate) is_sensitive: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) shape: String,
    pub(crate) wire_name: String,
    pub(crate) query_name: String,
    pub(crate) is_flattened: bool,
    pub(crate) is_required: bool,
    pub(crate) location: Location,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Body,
    Uri,
    QueryString,
    Header,
    HeaderPrefix,
    Status,
    Payload,
}

#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) status: u16,
    /// `None`: no members.
    pub(crate) input: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) result_wrapper: Option<String>,
    pub(crate) errors: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ErrorShape {
    pub(crate) shape: String,
    pub(crate) code: String,
    pub(crate) status: u16,
    pub(crate) is_sender: bool,
    /// The member that holds the text.
    pub(crate) message_member: String,
    /// Whether it has a member `Type`.
    pub(crate) has_type: bool,
}

/// The shapes of a model, read one by one as they are needed.
pub(crate) struct Shapes<'m> {
    json: &'m Map<String, Value>,
    overlay: Option<&'m QueryOverlay>,
    done: BTreeMap<String, Shape>,
}

impl<'m> Shapes<'m> {
    pub(crate) fn new(
        json: &'m Map<String, Value>,
        overlay: Option<&'m QueryOverlay>,
    ) -> Shapes<'m> {
        Shapes { json, overlay, done: BTreeMap::new() }
    }

    /// Everything read so far, by name.
    pub(crate) fn into_done(self) -> BTreeMap<String, Shape> {
        self.done
    }

    /// Reads a shape and all it refers to.
    pub(crate) fn read(&mut self, name: &str) -> Result<()> {
        if self.done.contains_key(name) {
            return Ok(());
        }
        let json = self.json.get(name).ok_or_else(|| format!("there is no shape `{name}`"))?;
        let kind = self.kind(name, json)?;
        let references: Vec<String> = match &kind {
            Kind::Structure(members) => members.iter().map(|member| member.shape.clone()).collect(),
            Kind::List { member, .. } => vec![member.clone()],
            Kind::Map { key, value, .. } => vec![key.clone(), value.clone()],
            Kind::Boolean
            | Kind::Integer
            | Kind::Long
            | Kind::Float
            | Kind::Double
            | Kind::String
            | Kind::Blob
            | Kind::Timestamp(_) => Vec::new(),
        };
        let shape = Shape { name: name.to_owned(), kind, rules: rules(json) };
        self.done.insert(name.to_owned(), shape);
        for reference in references {
            match reference.split_once('@') {
                Some((_, format)) => self.read_timestamp(&reference, format),
                None => self.read(&reference)?,
            }
        }
        Ok(())
    }

    /// A timestamp whose format a member decides has a shape of its own, `Name@format`.
    fn read_timestamp(&mut self, name: &str, format: &str) {
        let shape = Shape {
            name: name.to_owned(),
            kind: Kind::Timestamp(timestamp_format(format)),
            rules: Rules::default(),
        };
        self.done.insert(name.to_owned(), shape);
    }

    fn kind(&self, name: &str, json: &Value) -> Result<Kind> {
        Ok(match text(json, "type").unwrap_or_default() {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "string" | "character" => Kind::String,
            "blob" => Kind::Blob,
            "timestamp" => {
                let format = text(json, "timestampFormat").unwrap_or_default();
                Kind::Timestamp(timestamp_format(format))
            }
            "structure" => {
                for unknown in ["document", "eventstream"] {
                    if flag(json, unknown) {
                        return Err(format!("`{name}` is a {unknown}, which no codec reads"));
                    }
                }
                Kind::Structure(self.members(name, json)?)
            }
            "list" => Kind::List {
                member: reference(json, "member")?,
                element: located(json, "member").unwrap_or("member").to_owned(),
            },
            "map" => {
                let overlaid = self.overlay.and_then(|overlay| overlay.maps.get(name));
                let (key_name, value_name) = overlaid.cloned().unwrap_or_else(|| {
                    (
                        located(json, "key").unwrap_or("key").to_owned(),
                        located(json, "value").unwrap_or("value").to_owned(),
                    )
                });
                let (key, value) = (reference(json, "key")?, reference(json, "value")?);
                Kind::Map { key, value, key_name, value_name }
            }
            other => return Err(format!("`{name}` has the unknown type `{other}`")),
        })
    }

    fn members(&self, name: &str, json: &Value) -> Result<Vec<Member>> {
        let required = strings(json, "required");
        let payload = text(json, "payload");
        let none = Map::new();
        let members = json.get("members").and_then(Value::as_object).unwrap_or(&none);
        members
            .iter()
            .map(|(member, member_json)| {
                self.member(name, member, member_json, payload == Some(member)).map(|read| Member {
                    is_required: required.iter().any(|required| required == member),
                    ..read
                })
            })
            .collect()
    }

    fn member(&self, owner: &str, name: &str, json: &Value, is_payload: bool) -> Result<Member> {
        // In a body, JSON in a string is a string.
        if flag(json, "jsonvalue") && text(json, "location").is_some() {
            return Err(format!("`{owner}.{name}` is JSON in a header, which no codec reads"));
        }
        let shape = text(json, "shape").ok_or_else(|| format!("`{owner}.{name}` has no shape"))?;
        let target = self.json.get(shape).ok_or_else(|| format!("there is no shape `{shape}`"))?;
        let wire_name = text(json, "locationName").unwrap_or(name);
        let overlaid =
            self.overlay.and_then(|overlay| overlay.members.get(&format!("{owner}.{name}")));
        let is_flattened =
            overlaid.is_some() || flag(json, "flattened") || flag(target, "flattened");
        let query_name = overlaid.map_or(wire_name, String::as_str);
        let location = match text(json, "location") {
            _ if is_payload => Location::Payload,
            None => Location::Body,
            Some("uri") => Location::Uri,
            Some("querystring") => Location::QueryString,
            Some("header") => Location::Header,
            Some("headers") => Location::HeaderPrefix,
            Some("statusCode") => Location::Status,
            Some(other) => return Err(format!("`{owner}.{name}` is at `{other}`")),
        };
        Ok(Member {
            name: name.to_owned(),
            shape: match text(json, "timestampFormat") {
                Some(format) => format!("{shape}@{format}"),
                None => shape.to_owned(),
            },
            wire_name: wire_name.to_owned(),
            query_name: query_name.to_owned(),
            is_flattened,
            is_required: false,
            location,
        })
    }

    /// An error shape: its code in the query protocol, its status, and who is to blame.
    pub(crate) fn error(&self, name: &str) -> Result<ErrorShape> {
        let json = self.json.get(name).ok_or_else(|| format!("there is no shape `{name}`"))?;
        let error = json.get("error").unwrap_or(&Value::Null);
        let overlaid = self.overlay.and_then(|overlay| overlay.errors.get(name));
        let is_receiver = flag(json, "fault");
        let code = text(error, "code").unwrap_or(name).to_owned();
        let declared = error.get("httpStatusCode").and_then(Value::as_u64);
        let declared = declared.and_then(|status| u16::try_from(status).ok());
        let status = declared.unwrap_or(if is_receiver { 500 } else { 400 });
        let (code, status) = overlaid.cloned().unwrap_or((code, status));
        let is_sender = !is_receiver && status < 500;
        let has = |member: &str| json.get("members").and_then(|all| all.get(member)).is_some();
        let message_member = if has("Message") { "Message" } else { "message" };
        Ok(ErrorShape {
            shape: name.to_owned(),
            code,
            status,
            is_sender,
            message_member: message_member.to_owned(),
            has_type: has("Type"),
        })
    }
}

/// Reads an operation as a model (or a protocol case) declares it.
pub(crate) fn operation(json: &Value) -> Operation {
    let http = json.get("http").unwrap_or(&Value::Null);
    let shape_of = |key: &str| json.get(key).and_then(|shape| text(shape, "shape"));
    let output = json.get("output").unwrap_or(&Value::Null);
    let errors = json.get("errors").and_then(Value::as_array);
    let status = http.get("responseCode").and_then(Value::as_u64);
    Operation {
        name: text(json, "name").unwrap_or_default().to_owned(),
        method: text(http, "method").unwrap_or("POST").to_owned(),
        uri: text(http, "requestUri").unwrap_or("/").to_owned(),
        status: status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200),
        input: shape_of("input").map(str::to_owned),
        output: shape_of("output").map(str::to_owned),
        result_wrapper: text(output, "resultWrapper").map(str::to_owned),
        errors: errors
            .into_iter()
            .flatten()
            .filter_map(|error| text(error, "shape").map(str::to_owned))
            .collect(),
    }
}

fn rules(json: &Value) -> Rules {
    Rules {
        min: json.get("min").and_then(Value::as_f64),
        max: json.get("max").and_then(Value::as_f64),
        pattern: text(json, "pattern").map(str::to_owned),
        values: strings(json, "enum"),
        is_sensitive: flag(json, "sensitive"),
    }
}

fn timestamp_format(name: &str) -> TimestampFormat {
    match name {
        "iso8601" => TimestampFormat::Iso8601,
        "unixTimestamp" => TimestampFormat::EpochSeconds,
        "rfc822" => TimestampFormat::HttpDate,
        _ => TimestampFormat::Default,
    }
}

fn text<'j>(json: &'j Value, key: &str) -> Option<&'j str> {
    json.get(key).and_then(Value::as_str)
}

fn flag(json: &Value, key: &str) -> bool {
    json.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn strings(json: &Value, key: &str) -> Vec<String> {
    let list = json.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn reference(json: &Value, key: &str) -> Result<String> {
    let shape = json.get(key).and_then(|target| text(target, "shape"));
    shape.map(str::to_owned).ok_or_else(|| format!("a shape's {key} has no shape"))
}

/// The name on the wire of a list's member, a map's key or a map's value.
fn located<'j>(json: &'j Value, key: &str) -> Option<&'j str> {
    json.get(key).and_then(|target| text(target, "locationName"))
}
