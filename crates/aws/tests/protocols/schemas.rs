//! A case's own shapes as the static schemas that codecs walk. They are leaked: tests are short.

use crate::model::{self, Kind, Location, Shape, Shapes, TimestampFormat};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tidemill_aws::Protocol;
use tidemill_aws::schema::{self, ErrorShape, Member, Operation, Schema, ServiceModel, Validation};
use tidemill_kernel::Service;

/// Static schemas cannot refer to themselves once built, so recursive shapes are unrolled.
const DEPTH_MAX: usize = 8;

/// Builds the operation a case is about.
pub(crate) fn operation(suite: &Json, given: &Json) -> Result<&'static Operation, String> {
    let none = serde_json::Map::new();
    let json_shapes = suite.get("shapes").and_then(Json::as_object).unwrap_or(&none);
    let mut shapes = Shapes::new(json_shapes, None);
    let declared = model::operation(given);
    for shape in [&declared.input, &declared.output].into_iter().flatten() {
        shapes.read(shape)?;
    }
    let errors: Vec<ErrorShape> = declared
        .errors
        .iter()
        .map(|error| shapes.error(error).map(error_shape))
        .collect::<Result<_, _>>()?;
    let shapes = shapes.into_done();
    let schema_of = |shape: &Option<String>| match shape {
        Some(shape) => build(&shapes, shape, 0),
        None => Ok(&schema::NOTHING),
    };
    let metadata = suite.get("metadata").unwrap_or(&Json::Null);
    let about =
        |key: &str| metadata.get(key).and_then(Json::as_str).map(|text| &*text.to_owned().leak());
    let model = Box::leak(Box::new(ServiceModel {
        service: Service::Logs,
        version: about("apiVersion").unwrap_or_default(),
        protocols: if metadata.get("awsQueryCompatible").is_some() {
            &[Protocol::Json10, Protocol::Query]
        } else {
            &[]
        },
        target_prefix: about("targetPrefix"),
        error_namespace: None,
        xml_namespace: about("xmlNamespace").or(Some("https://example.com/")),
        validation: Validation::MissingParameter,
        operations: &[],
        errors: errors.leak(),
    }));
    let (path, query) = declared.uri.split_once('?').unwrap_or((&declared.uri, ""));
    let wrapper = declared.result_wrapper.clone().or_else(|| {
        // The cases leave the wrapper to the protocol's rule.
        declared.output.as_ref().map(|_| format!("{}Result", declared.name))
    });
    Ok(Box::leak(Box::new(Operation {
        model,
        name: declared.name.clone().leak(),
        method: declared.method.clone().leak(),
        uri: path.to_owned().leak(),
        uri_query: query.to_owned().leak(),
        status: declared.status,
        input: schema_of(&declared.input)?,
        output: schema_of(&declared.output)?,
        result_wrapper: wrapper.map(|wrapper| &*wrapper.leak()),
        errors: &[],
    })))
}

fn error_shape(read: model::ErrorShape) -> ErrorShape {
    ErrorShape {
        shape: read.shape.leak(),
        code: read.code.leak(),
        status: read.status,
        is_sender: read.is_sender,
        message_member: read.message_member.leak(),
        has_type: read.has_type,
    }
}

fn build(
    shapes: &BTreeMap<String, Shape>,
    name: &str,
    depth: usize,
) -> Result<&'static Schema, String> {
    if depth == DEPTH_MAX {
        return Ok(&schema::NOTHING);
    }
    let shape = shapes.get(name).ok_or_else(|| format!("there is no shape `{name}`"))?;
    let inner = |name: &str| build(shapes, name, depth + 1);
    let kind = match &shape.kind {
        Kind::Boolean => schema::Kind::Boolean,
        Kind::Integer => schema::Kind::Integer,
        Kind::Long => schema::Kind::Long,
        Kind::Float => schema::Kind::Float,
        Kind::Double => schema::Kind::Double,
        Kind::String => schema::Kind::String,
        Kind::Blob => schema::Kind::Blob,
        Kind::Timestamp(format) => schema::Kind::Timestamp(match format {
            TimestampFormat::Default => schema::TimestampFormat::Default,
            TimestampFormat::Iso8601 => schema::TimestampFormat::Iso8601,
            TimestampFormat::EpochSeconds => schema::TimestampFormat::EpochSeconds,
            TimestampFormat::HttpDate => schema::TimestampFormat::HttpDate,
        }),
        Kind::List { member, element } => {
            schema::Kind::List { member: inner(member)?, element: element.clone().leak() }
        }
        Kind::Map { key, value, key_name, value_name } => schema::Kind::Map {
            key: inner(key)?,
            value: inner(value)?,
            key_name: key_name.clone().leak(),
            value_name: value_name.clone().leak(),
        },
        Kind::Structure(members) => {
            let members: Vec<Member> = members
                .iter()
                .map(|member| {
                    Ok(Member {
                        name: member.name.clone().leak(),
                        schema: inner(&member.shape)?,
                        wire_name: member.wire_name.clone().leak(),
                        query_name: member.query_name.clone().leak(),
                        is_flattened: member.is_flattened,
                        is_required: member.is_required,
                        location: location(member.location),
                    })
                })
                .collect::<Result<_, String>>()?;
            schema::Kind::Structure(members.leak())
        }
    };
    Ok(Box::leak(Box::new(Schema::new(name.to_owned().leak(), kind))))
}

fn location(location: Location) -> schema::Location {
    match location {
        Location::Body => schema::Location::Body,
        Location::Uri => schema::Location::Uri,
        Location::QueryString => schema::Location::QueryString,
        Location::Header => schema::Location::Header,
        Location::HeaderPrefix => schema::Location::HeaderPrefix,
        Location::Status => schema::Location::Status,
        Location::Payload => schema::Location::Payload,
    }
}
