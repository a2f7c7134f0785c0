//! What a request says: the segments of its path, its query parameters, its JSON body. Each is
//! read whole or refused by name.

use super::refusal::Refusal;
use super::routes::Operation;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use tidemill_aws::generated::sqs::MessageAttributeValue;
use tidemill_aws::{HttpRequest, iso8601_instant};
use tidemill_kernel::{Timestamp, Uuid};
use tidemill_services::sqs::{
    BodyPath, EditRequest, Fingerprint, MessageState, RedriveFilter, Search,
};

/// Parameters that may be given more than once.
const REPEATABLE: [&str; 2] = ["attribute", "state"];

pub(super) struct Input {
    captures: Vec<String>,
    parameters: Vec<(String, String)>,
    body: bytes::Bytes,
}

impl Input {
    pub(super) fn read(
        operation: Operation,
        captures: Vec<String>,
        request: &HttpRequest,
    ) -> Result<Input, Refusal> {
        let parameters = request.query_parameters().ok_or_else(Refusal::invalid_query)?;
        let known = operation.parameters();
        for (index, (name, value)) in parameters.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(Refusal::unknown_parameter(name, known));
            }
            let is_repeated = parameters.iter().take(index).any(|(other, _)| other == name);
            if is_repeated && !REPEATABLE.contains(&name.as_str()) {
                return Err(Refusal::invalid_parameter(name, value, "it may be given once"));
            }
        }
        let input = Input { captures, parameters, body: request.body.clone() };
        let takes_body = matches!(
            operation,
            Operation::SearchMessages | Operation::StartRedrive | Operation::EditMessage
        );
        if !takes_body && !input.body.is_empty() {
            let Nothing {} = input.json()?;
        }
        Ok(input)
    }

    /// The text at the `index`th brace of the path.
    pub(super) fn capture(&self, index: usize) -> &str {
        self.captures.get(index).map_or("", String::as_str)
    }

    pub(super) fn text(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.parameters.iter().filter(move |(known, _)| known == name).map(|(_, v)| v.as_str())
    }

    pub(super) fn position(&self) -> Result<u64, Refusal> {
        let text = self.text("from").unwrap_or("0");
        let rule = "a position is a whole number";
        text.parse().map_err(|_| Refusal::invalid_parameter("from", text, rule))
    }

    pub(super) fn limit(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        match self.text("limit") {
            None => Ok(default),
            Some(text) => check_limit(text.parse().ok(), text, max),
        }
    }

    /// The body; of none, what an empty object says.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        // A list of a body's fields in order would be taken for it otherwise.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Refusal::invalid_body("it must be a JSON object"));
        }
        serde_json::from_slice(body).map_err(|error| Refusal::invalid_body(&error.to_string()))
    }

    /// What a peek's parameters ask for.
    pub(super) fn search(&self) -> Result<Search, Refusal> {
        let attribute = |text: &str| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.to_owned(), None),
        };
        Ok(Search {
            id: self.text("id").map(parse_id).transpose()?,
            group: self.text("group").map(str::to_owned),
            attributes: self.all("attribute").map(attribute).collect(),
            text: None,
            paths: Vec::new(),
        })
    }
}

pub(super) fn check_limit(limit: Option<usize>, text: &str, max: usize) -> Result<usize, Refusal> {
    let rule = format!("it must be between 1 and {max}");
    limit
        .filter(|limit| (1..=max).contains(limit))
        .ok_or_else(|| Refusal::invalid_parameter("limit", text, &rule))
}

pub(super) fn parse_id(text: &str) -> Result<Uuid, Refusal> {
    let rule = "a message id is 8-4-4-4-12 hexadecimal digits";
    Uuid::parse(text).ok_or_else(|| Refusal::invalid_parameter("id", text, rule))
}

pub(super) fn parse_state(text: &str) -> Result<MessageState, Refusal> {
    let rule = "it must be visible, in-flight, delayed or expired";
    MessageState::parse(text).ok_or_else(|| Refusal::invalid_parameter("state", text, rule))
}

pub(super) fn parse_fingerprint(text: &str) -> Result<Fingerprint, Refusal> {
    let rule = "a fingerprint is the 16 hexadecimal digits that a group is listed with";
    Fingerprint::parse(text).ok_or_else(|| Refusal::invalid_parameter("fingerprint", text, rule))
}

fn parse_instant(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    let rule = "an instant is written 2027-01-31T09:00:00Z";
    iso8601_instant(text).ok_or_else(|| Refusal::invalid_parameter(name, text, rule))
}

/// The body of an operation that takes none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The body of a search.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchInput {
    pub(super) from: Option<u64>,
    pub(super) limit: Option<usize>,
    states: Option<Vec<String>>,
    pub(super) group: Option<String>,
    id: Option<String>,
    attributes: Option<Vec<AttributeInput>>,
    text: Option<String>,
    paths: Option<Vec<PathInput>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeInput {
    name: String,
    value: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PathInput {
    path: String,
    equals: Value,
}

impl SearchInput {
    pub(super) fn states(&self) -> Result<Vec<MessageState>, Refusal> {
        self.states.iter().flatten().map(|text| parse_state(text)).collect()
    }

    pub(super) fn into_search(self) -> Result<Search, Refusal> {
        let path = |PathInput { path, equals }| match BodyPath::parse(&path) {
            Some(path) => Ok((path, equals)),
            None => {
                let rule =
                    "a path is members and elements from the root, e.g. $.order.lines[0].sku";
                Err(Refusal::invalid_parameter("paths", &path, rule))
            }
        };
        let attributes = self.attributes.unwrap_or_default().into_iter();
        Ok(Search {
            id: self.id.as_deref().map(parse_id).transpose()?,
            group: self.group,
            attributes: attributes.map(|AttributeInput { name, value }| (name, value)).collect(),
            text: self.text,
            paths: self
                .paths
                .unwrap_or_default()
                .into_iter()
                .map(path)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// The body of a redrive.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedriveInput {
    fingerprint: Option<String>,
    error_type: Option<String>,
    text: Option<String>,
    sent_from: Option<String>,
    sent_before: Option<String>,
    /// The name of a queue; each message's own source when it is not given.
    pub(super) destination: Option<String>,
    pub(super) messages_per_second: Option<i32>,
    pub(super) edit: Option<EditInput>,
}

impl RedriveInput {
    /// `None` when every dead letter is meant.
    pub(super) fn filter(&self) -> Result<Option<RedriveFilter>, Refusal> {
        let instant = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| parse_instant(name, text)).transpose()
        };
        let filter = RedriveFilter {
            fingerprint: self.fingerprint.as_deref().map(parse_fingerprint).transpose()?,
            error_type: self.error_type.clone(),
            text: self.text.clone(),
            sent_from: instant("sent_from", &self.sent_from)?,
            sent_before: instant("sent_before", &self.sent_before)?,
        };
        Ok((filter != RedriveFilter::default()).then_some(filter))
    }
}

/// The body of an edit of one message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditMessageInput {
    pub(super) edit: EditInput,
    /// The name of a queue; the message's own source when it is not given.
    pub(super) destination: Option<String>,
}

/// What is changed of a message.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditInput {
    body: Option<String>,
    merge_patch: Option<Value>,
    json_patch: Option<Value>,
    set_attributes: Option<BTreeMap<String, AttributeValueInput>>,
    remove_attributes: Option<Vec<String>>,
}

/// As attributes are shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeValueInput {
    #[serde(rename = "type")]
    data_type: String,
    value: Option<String>,
    base64: Option<String>,
}

impl EditInput {
    pub(super) fn request(self) -> Result<EditRequest, Refusal> {
        let binary = |text: String| {
            let bytes = BASE64.decode(&text).map(bytes::Bytes::from);
            let rule = "it must be base64";
            bytes.map_err(|_| Refusal::invalid_parameter("set_attributes", &text, rule))
        };
        let attribute = |(name, given): (String, AttributeValueInput)| {
            let AttributeValueInput { data_type, value, base64 } = given;
            let value = MessageAttributeValue {
                data_type,
                string_value: value,
                binary_value: base64.map(binary).transpose()?,
                ..MessageAttributeValue::default()
            };
            Ok((name, value))
        };
        let set_attributes = self.set_attributes.unwrap_or_default().into_iter();
        Ok(EditRequest {
            body: self.body,
            merge_patch: self.merge_patch,
            json_patch: self.json_patch,
            set_attributes: set_attributes.map(attribute).collect::<Result<_, Refusal>>()?,
            remove_attributes: self.remove_attributes.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::DOCUMENT;
    use super::*;
    use std::collections::BTreeSet;

    /// The names that reading a body of a type knows, as its refusal of another lists them.
    fn fields<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_str::<T>(r#"{"nonsense":1}"#) else {
            panic!("an unknown field was taken");
        };
        let error = error.to_string();
        assert!(error.contains("`nonsense`"), "{error}");
        let known = error.split("expected").nth(1).unwrap_or_default();
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_document_describes_every_field_of_every_body() {
        let document: Value = serde_json::from_str(DOCUMENT).expect("it is JSON");
        let described = |name: &str| -> BTreeSet<String> {
            let properties = &document["components"]["schemas"][name]["properties"];
            properties.as_object().expect("properties").keys().cloned().collect()
        };
        assert_eq!(described("Search"), fields::<SearchInput>());
        assert_eq!(described("AttributeCondition"), fields::<AttributeInput>());
        assert_eq!(described("PathCondition"), fields::<PathInput>());
        assert_eq!(described("Redrive"), fields::<RedriveInput>());
        assert_eq!(described("EditMessage"), fields::<EditMessageInput>());
        assert_eq!(described("Edit"), fields::<EditInput>());
        assert_eq!(described("Attribute"), fields::<AttributeValueInput>());
    }
}
