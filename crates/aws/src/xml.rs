//! XML answers of the query protocol, written from values by their schema.

use crate::schema::{Kind, Schema, TimestampFormat};
use crate::text::write_text;
use crate::value::Value;

/// Writes the members of a structure as elements.
pub(crate) fn write_members(out: &mut String, schema: &'static Schema, value: &Value<'_>) {
    let Value::Structure(values) = value else { return };
    for (member, value) in schema.members().iter().zip(values) {
        match (value, member.schema.kind) {
            (Value::Absent, _) => {}
            (Value::List(values), Kind::List { member: element, .. }) if member.is_flattened => {
                for value in values {
                    write_element(out, member.query_name, element, value);
                }
            }
            (Value::Map(_), Kind::Map { .. }) if member.is_flattened => {
                write_entries(out, member.query_name, member.schema, value);
            }
            _ => write_element(out, member.query_name, member.schema, value),
        }
    }
}

fn write_element(out: &mut String, name: &str, schema: &'static Schema, value: &Value<'_>) {
    open(out, name);
    match (value, schema.kind) {
        (Value::Structure(_), _) => write_members(out, schema, value),
        (Value::List(values), Kind::List { member, element }) => {
            for value in values {
                write_element(out, element, member, value);
            }
        }
        (Value::Map(_), _) => write_entries(out, "entry", schema, value),
        _ => escape_into(out, &write_text(schema, value, TimestampFormat::Iso8601)),
    }
    close(out, name);
}

fn write_entries(out: &mut String, name: &str, schema: &'static Schema, value: &Value<'_>) {
    let Kind::Map { key: key_schema, value: value_schema, key_name, value_name } = schema.kind
    else {
        return;
    };
    let Value::Map(entries) = value else { return };
    for (key, value) in entries {
        open(out, name);
        write_element(out, key_name, key_schema, &Value::String(key.as_ref().into()));
        write_element(out, value_name, value_schema, value);
        close(out, name);
    }
}

pub(crate) fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

pub(crate) fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Escapes text. A carriage return is written as a reference, because parsers turn a bare one
/// into a line feed; characters XML cannot hold at all become the replacement character.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let needs_work = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'') || is_foreign(c);
    if !text.contains(needs_work) {
        out.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\r' => out.push_str("&#xD;"),
            '\n' | '\t' => out.push(letter),
            _ if is_foreign(letter) => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
}

/// Controls, some of which XML can hold, and two non-characters.
fn is_foreign(letter: char) -> bool {
    matches!(letter, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
