//! Values: what a shape holds, between the bytes of a protocol and a generated struct.
//!
//! ```text
//! request ──codec──▶ Value<'_> ──constraints──▶ Wire::from_value ──▶ SendMessageInput
//! SendMessageOutput ──Wire::to_value──▶ Value<'_> ──codec──▶ response
//! ```
//!
//! Text borrows from the request or from the struct, so a body is copied once, into the struct.

use bytes::Bytes;
use std::borrow::Cow;
use std::collections::BTreeMap;
use tidemill_kernel::Timestamp;

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Not sent, or sent as null.
    Absent,
    Boolean(bool),
    /// `Integer` and `Long`.
    Integer(i64),
    /// `Float` and `Double`.
    Double(f64),
    String(Cow<'a, str>),
    Blob(Bytes),
    /// Milliseconds since 1970.
    Timestamp(i64),
    List(Vec<Value<'a>>),
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
    /// One value per member of the schema, in its order.
    Structure(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Value::Absent)
    }

    /// The values of a structure's members, in the schema's order.
    #[must_use]
    pub fn into_members(self) -> std::vec::IntoIter<Value<'a>> {
        let Value::Structure(members) = self else { mismatch("a structure") };
        members.into_iter()
    }
}

/// A Rust type that a shape is generated as.
///
/// `from_value` is total: the codec read the value by this type's own schema and the constraint
/// check has seen every required member, so a mismatch is a fault of the generator, and panics.
pub trait Wire: Sized {
    fn from_value(value: Value<'_>) -> Self;
    fn to_value(&self) -> Value<'_>;
}

/// The next member, which a macro cannot name by index.
#[must_use]
pub fn next_member<T: Wire>(members: &mut std::vec::IntoIter<Value<'_>>) -> T {
    T::from_value(members.next().unwrap_or(Value::Absent))
}

#[cold]
fn mismatch(expected: &str) -> ! {
    panic!("the schema of this very type says {expected}, and the codec read by it");
}

impl<T: Wire> Wire for Option<T> {
    fn from_value(value: Value<'_>) -> Self {
        if value.is_absent() { None } else { Some(T::from_value(value)) }
    }
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Absent, T::to_value)
    }
}

impl Wire for String {
    fn from_value(value: Value<'_>) -> Self {
        let Value::String(text) = value else { mismatch("text") };
        text.into_owned()
    }
    fn to_value(&self) -> Value<'_> {
        Value::String(Cow::Borrowed(self))
    }
}

impl Wire for bool {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Boolean(value) = value else { mismatch("a boolean") };
        value
    }
    fn to_value(&self) -> Value<'_> {
        Value::Boolean(*self)
    }
}

impl Wire for i64 {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Integer(value) = value else { mismatch("a number") };
        value
    }
    fn to_value(&self) -> Value<'_> {
        Value::Integer(*self)
    }
}

impl Wire for i32 {
    fn from_value(value: Value<'_>) -> Self {
        i32::try_from(i64::from_value(value)).expect("the codec checked the range of an Integer")
    }
    fn to_value(&self) -> Value<'_> {
        Value::Integer(i64::from(*self))
    }
}

impl Wire for f64 {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Double(value) = value else { mismatch("a number") };
        value
    }
    fn to_value(&self) -> Value<'_> {
        Value::Double(*self)
    }
}

impl Wire for Bytes {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Blob(bytes) = value else { mismatch("bytes") };
        bytes
    }
    fn to_value(&self) -> Value<'_> {
        Value::Blob(self.clone())
    }
}

impl Wire for Timestamp {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Timestamp(millis) = value else { mismatch("a timestamp") };
        // Instants before 1970 do not exist for us; the earliest is the nearest we have.
        Timestamp(u64::try_from(millis).unwrap_or_default())
    }
    fn to_value(&self) -> Value<'_> {
        Value::Timestamp(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn from_value(value: Value<'_>) -> Self {
        let Value::List(values) = value else { mismatch("a list") };
        values.into_iter().map(T::from_value).collect()
    }
    fn to_value(&self) -> Value<'_> {
        Value::List(self.iter().map(T::to_value).collect())
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    fn from_value(value: Value<'_>) -> Self {
        let Value::Map(entries) = value else { mismatch("a map") };
        let entries = entries.into_iter();
        entries.map(|(key, value)| (key.into_owned(), T::from_value(value))).collect()
    }
    fn to_value(&self) -> Value<'_> {
        let entries = self.iter();
        Value::Map(entries.map(|(key, value)| (Cow::Borrowed(&**key), value.to_value())).collect())
    }
}

/// Says that a generated struct is made of these fields, in its schema's order.
macro_rules! wire {
    ($type:ident {}) => {
        impl $crate::value::Wire for $type {
            fn from_value(_: $crate::value::Value<'_>) -> Self {
                $type {}
            }
            fn to_value(&self) -> $crate::value::Value<'_> {
                $crate::value::Value::Structure(Vec::new())
            }
        }
    };
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::value::Wire for $type {
            fn from_value(value: $crate::value::Value<'_>) -> Self {
                let mut members = value.into_members();
                $type { $($field: $crate::value::next_member(&mut members)),+ }
            }
            fn to_value(&self) -> $crate::value::Value<'_> {
                $crate::value::Value::Structure(vec![
                    $($crate::value::Wire::to_value(&self.$field)),+
                ])
            }
        }
    };
    // A shape that several operations share, under an operation's own name.
    ($type:ident($shared:ident)) => {
        impl $crate::value::Wire for $type {
            fn from_value(value: $crate::value::Value<'_>) -> Self {
                $type($crate::value::Wire::from_value(value))
            }
            fn to_value(&self) -> $crate::value::Value<'_> {
                $crate::value::Wire::to_value(&self.0)
            }
        }
    };
}

macro_rules! input {
    ($type:ident, $operation:ident) => {
        impl $crate::protocol::Input for $type {
            const OPERATION: &'static $crate::schema::Operation = &$operation;
        }
    };
}

macro_rules! output {
    ($type:ident, $operation:ident) => {
        impl $crate::protocol::Output for $type {
            const OPERATION: &'static $crate::schema::Operation = &$operation;
        }
    };
}

pub(crate) use {input, output, wire};
