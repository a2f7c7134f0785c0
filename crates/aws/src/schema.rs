//! Schemas: what the service model says about a shape, as static data.
//!
//! The generator writes one [`Schema`] per shape; the codecs walk a [`Value`](crate::value::Value)
//! and its schema side by side. So each codec is compiled once, not once per shape, and the
//! protocol test cases (which bring their own shapes) run through the very same code.

use crate::pattern::Pattern;
use crate::protocol::Protocol;
use std::fmt;
use tidemill_kernel::Service;

/// A service as its model describes it: what all its operations share.
#[derive(Debug)]
pub struct ServiceModel {
    pub service: Service,
    /// The version in `Action=…&Version=…`, e.g. `2012-11-05`.
    pub version: &'static str,
    /// What clients of this service speak, the usual one first.
    pub protocols: &'static [Protocol],
    /// What comes before the dot in `X-Amz-Target`, for the JSON protocols.
    pub target_prefix: Option<&'static str>,
    /// What comes before the `#` in an error's `__type`; `None` where AWS gives the bare name.
    pub error_namespace: Option<&'static str>,
    /// The namespace of XML answers, for the query protocol.
    pub xml_namespace: Option<&'static str>,
    pub validation: Validation,
    /// Sorted by name.
    pub operations: &'static [&'static Operation],
    /// Every modelled error of the served operations, sorted by shape.
    pub errors: &'static [ErrorShape],
}

/// How a service words a request that breaks the model's constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// `1 validation error detected: …` under this error code.
    Listed { code: &'static str },
    /// `The request must contain the parameter X.` (SQS; it checks everything else itself.)
    MissingParameter,
}

pub struct Operation {
    pub model: &'static ServiceModel,
    pub name: &'static str,
    pub method: &'static str,
    /// The path, with labels in braces, e.g. `/2015-03-31/functions/{FunctionName}`.
    pub uri: &'static str,
    /// What the path's query string must hold for this operation; mostly nothing.
    pub uri_query: &'static str,
    /// The status of a success.
    pub status: u16,
    pub input: &'static Schema,
    pub output: &'static Schema,
    /// The element around the members of a query answer.
    pub result_wrapper: Option<&'static str>,
    /// The shapes of the errors the model declares for this operation.
    pub errors: &'static [&'static str],
}

impl fmt::Debug for Operation {
    /// Its name alone: an operation holds its model, which holds all operations again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.model.service, self.name)
    }
}

/// An error as the model declares it: what our own tables are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorShape {
    pub shape: &'static str,
    /// The code of the query protocol.
    pub code: &'static str,
    pub status: u16,
    /// Whether the caller is to blame.
    pub is_sender: bool,
    /// The member that holds the text: `message`, or `Message` in older shapes.
    pub message_member: &'static str,
    /// Whether it has a member `Type`, which says who is to blame.
    pub has_type: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Schema {
    pub name: &'static str,
    pub kind: Kind,
    pub rules: Rules,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Boolean,
    /// 32 bits.
    Integer,
    /// 64 bits.
    Long,
    Float,
    Double,
    String,
    Blob,
    Timestamp(TimestampFormat),
    Structure(&'static [Member]),
    List {
        member: &'static Schema,
        /// The element's name in query parameters and XML.
        element: &'static str,
    },
    Map {
        key: &'static Schema,
        value: &'static Schema,
        key_name: &'static str,
        value_name: &'static str,
    },
}

/// How a timestamp is written. `Default`: as the place where it stands demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    Default,
    /// `2015-01-25T08:00:00Z`
    Iso8601,
    /// `1422172800`
    EpochSeconds,
    /// `Sun, 25 Jan 2015 08:00:00 GMT`
    HttpDate,
}

/// What the model says a value must satisfy.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Of the number, or of the length of text, bytes, lists and maps.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub pattern: Option<&'static Pattern>,
    /// An enumeration's values; empty when anything goes.
    pub values: &'static [&'static str],
    /// Never shown in an error.
    pub is_sensitive: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub name: &'static str,
    pub schema: &'static Schema,
    /// The key in a JSON body, or the name of the label, query parameter or header.
    pub wire_name: &'static str,
    /// The name in query parameters and XML.
    pub query_name: &'static str,
    pub is_flattened: bool,
    pub is_required: bool,
    pub location: Location,
}

/// Where a member travels in REST protocols; everywhere else all is in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Body,
    /// A label of the path.
    Uri,
    QueryString,
    Header,
    /// A map of all headers that start with the wire name.
    HeaderPrefix,
    /// The status of the response.
    Status,
    /// The whole body.
    Payload,
}

impl Kind {
    /// Whether a value is one piece of text, and not made of others.
    #[must_use]
    pub const fn is_scalar(self) -> bool {
        match self {
            Kind::Boolean
            | Kind::Integer
            | Kind::Long
            | Kind::Float
            | Kind::Double
            | Kind::String
            | Kind::Blob
            | Kind::Timestamp(_) => true,
            Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => false,
        }
    }

    /// The schema of a list's elements; `None` for anything else.
    #[must_use]
    pub const fn element(self) -> Option<&'static Schema> {
        if let Kind::List { member, .. } = self { Some(member) } else { None }
    }

    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Long | Kind::Float | Kind::Double)
    }

    /// The format of a timestamp, or `default` where its shape names none.
    #[must_use]
    pub const fn timestamp_format(self, default: TimestampFormat) -> TimestampFormat {
        if let Kind::Timestamp(format) = self
            && !matches!(format, TimestampFormat::Default)
        {
            return format;
        }
        default
    }
}

impl Schema {
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Schema {
        let rules = Rules { min: None, max: None, pattern: None, values: &[], is_sensitive: false };
        Schema { name, kind, rules }
    }

    #[must_use]
    pub const fn min(mut self, min: f64) -> Schema {
        self.rules.min = Some(min);
        self
    }

    #[must_use]
    pub const fn max(mut self, max: f64) -> Schema {
        self.rules.max = Some(max);
        self
    }

    #[must_use]
    pub const fn pattern(mut self, pattern: &'static Pattern) -> Schema {
        self.rules.pattern = Some(pattern);
        self
    }

    #[must_use]
    pub const fn values(mut self, values: &'static [&'static str]) -> Schema {
        self.rules.values = values;
        self
    }

    #[must_use]
    pub const fn sensitive(mut self) -> Schema {
        self.rules.is_sensitive = true;
        self
    }

    /// The members of a structure; nothing for any other kind.
    #[must_use]
    pub const fn members(&self) -> &'static [Member] {
        if let Kind::Structure(members) = self.kind { members } else { &[] }
    }
}

impl Member {
    #[must_use]
    pub const fn new(name: &'static str, schema: &'static Schema) -> Member {
        Member {
            name,
            schema,
            wire_name: name,
            query_name: name,
            is_flattened: false,
            is_required: false,
            location: Location::Body,
        }
    }

    #[must_use]
    pub const fn wire(mut self, name: &'static str) -> Member {
        self.wire_name = name;
        self
    }

    #[must_use]
    pub const fn query(mut self, name: &'static str) -> Member {
        self.query_name = name;
        self
    }

    #[must_use]
    pub const fn flattened(mut self) -> Member {
        self.is_flattened = true;
        self
    }

    #[must_use]
    pub const fn required(mut self) -> Member {
        self.is_required = true;
        self
    }

    #[must_use]
    pub const fn at(mut self, location: Location) -> Member {
        self.location = location;
        self
    }
}

impl ServiceModel {
    /// The modelled error of that name.
    #[must_use]
    pub fn error(&self, shape: &str) -> Option<&'static ErrorShape> {
        let index = self.errors.binary_search_by(|error| error.shape.cmp(shape)).ok()?;
        self.errors.get(index)
    }

    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        let index = self.operations.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
        self.operations.get(index).copied()
    }
}

/// Shapes that need no name: no service says more about them than their kind.
pub static BOOLEAN: Schema = Schema::new("Boolean", Kind::Boolean);
pub static INTEGER: Schema = Schema::new("Integer", Kind::Integer);
pub static LONG: Schema = Schema::new("Long", Kind::Long);
pub static FLOAT: Schema = Schema::new("Float", Kind::Float);
pub static DOUBLE: Schema = Schema::new("Double", Kind::Double);
pub static STRING: Schema = Schema::new("String", Kind::String);
pub static BLOB: Schema = Schema::new("Blob", Kind::Blob);
/// The input or output of an operation that has none.
pub static NOTHING: Schema = Schema::new("Unit", Kind::Structure(&[]));
pub static TIMESTAMP: Schema = Schema::new("Timestamp", Kind::Timestamp(TimestampFormat::Default));
