//! Edits of dead letters: patches of strangers for bodies of strangers. What the core makes of them
//! as text is what they mean as values.

#[path = "world.rs"]
mod world;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use tidemill_aws::{HttpRequest, Protocol};
use tidemill_kernel::{AccountId, Caller, PartitionId, Region, Uuid};
use tidemill_services::sqs::{self, Edit, EditMessage, EditRequest, QueueKey};
use tidemill_services::{Command, Reply, Work};
use world::{Kept, World};

/// The audit trail keeps so much of a body, and so much can be compared.
const BODY_LETTERS_MAX: usize = 1024;

fn caller() -> Caller {
    Caller {
        account: AccountId::parse("000000000000").expect("twelve digits"),
        region: Region::parse("us-east-1").expect("a region"),
        principal: "arn:aws:iam::000000000000:root".to_owned(),
        access_key_id: "AKIA".to_owned(),
        base_url: "http://l".to_owned(),
        request_id: Uuid::default(),
    }
}

fn queue(name: &str) -> QueueKey {
    let Caller { account, region, .. } = caller();
    QueueKey { account, region, name: name.to_owned() }
}

/// A queue in the partition of `orders`, for its dead letters.
static DEAD: LazyLock<String> = LazyLock::new(|| {
    let home = queue("orders").partition();
    let mut names = (0..).map(|number| format!("dead-{number}"));
    names.find(|name| queue(name).partition() == home).expect("one in sixteen is")
});

/// The two queues.
static FOUNDED: LazyLock<Kept> = LazyLock::new(|| {
    let mut world = World::load(home(), Kept::default());
    let policy =
        json!({"deadLetterTargetArn": queue(&DEAD).arn().to_string(), "maxReceiveCount": 1});
    let attributes = json!({"RedrivePolicy": policy.to_string()});
    call(&mut world, "CreateQueue", &json!({"QueueName": *DEAD}));
    call(&mut world, "CreateQueue", &json!({"QueueName": "orders", "Attributes": attributes}));
    world.keep()
});

fn home() -> PartitionId {
    queue("orders").partition()
}

/// Whether the core took it.
fn call(world: &mut World, operation: &str, input: &Value) -> bool {
    let (method, path, query) = (Method::POST, "/".to_owned(), String::new());
    let (headers, body) = (HeaderMap::new(), Bytes::from(input.to_string()));
    let request = HttpRequest { method, path, query, headers, body };
    match sqs::decode(operation, Protocol::Json10, &request, &caller()) {
        Ok(Work::Command(_, command)) => world.apply(command).is_ok(),
        Ok(_) | Err(_) => false,
    }
}

/// The first byte says of which kind the patch is, and whether the body is written anew first; the
/// second how much of the rest is the body.
pub(crate) fn run(data: &[u8]) {
    let [how, share, rest @ ..] = data else { return };
    let (body, patch) = rest.split_at(rest.len() * usize::from(*share) / 255);
    let is_plain = how & 2 == 0;
    let (body, patch) = (String::from_utf8_lossy(body), String::from_utf8_lossy(patch));
    let Ok(patch) = serde_json::from_str::<Value>(&patch) else { return };
    let value = serde_json::from_str::<Value>(&body).ok();
    // Written anew, a body has each member once, and numbers as a value holds them.
    let body = match &value {
        Some(value) if is_plain => value.to_string(),
        Some(_) | None => body.into_owned(),
    };
    let (merge_patch, json_patch) =
        if how & 1 == 0 { (Some(patch.clone()), None) } else { (None, Some(patch.clone())) };
    let request = EditRequest { merge_patch, json_patch, ..EditRequest::default() };
    let Ok(edit) = Edit::checked(request) else { return };
    let Some(edited) = edited(&body, edit) else { return };
    let made = serde_json::from_str::<Value>(&edited);
    // An edit may nest what it adds deeper than anybody reads.
    assert!(made.is_ok() || is_deep(&edited), "{body} was edited into {edited}");
    let (Ok(made), Some(value), true) = (made, value, is_plain) else { return };
    let meant = if how & 1 == 0 { Some(merged(value, &patch)) } else { patched(value, &patch) };
    assert_eq!(Some(made), meant, "{body} was edited by {patch}");
}

/// What the core makes of a message, as far as it shows.
fn edited(body: &str, edit: Edit) -> Option<String> {
    let mut world = World::load(home(), FOUNDED.clone());
    let url = format!("http://l/000000000000/{}", *DEAD);
    if !call(&mut world, "SendMessage", &json!({"QueueUrl": url, "MessageBody": body})) {
        return None;
    }
    let (dead, orders, who) = (queue(&DEAD), queue("orders"), "AKIA".to_owned());
    let edit = (0..2).find_map(|position| {
        let (dead, edit, who) = (dead.clone(), edit.clone(), who.clone());
        let edit = EditMessage::checked(dead, position, &orders, edit, who).expect("two queues");
        let command = Command::Sqs(sqs::Command::EditMessage(Box::new(edit)));
        world.apply(command).ok().flatten()
    });
    let Some(Reply::Sqs(sqs::Reply::Edits(edits, _))) = edit else { return None };
    let (_, audit) = edits.into_iter().next()?;
    (audit.after.body.chars().count() < BODY_LETTERS_MAX).then_some(audit.after.body)
}

fn is_deep(text: &str) -> bool {
    let opened = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    opened > 100
}

/// RFC 7386, as it is written there.
fn merged(target: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut members = if let Value::Object(members) = target { members } else { Map::new() };
    for (name, change) in changes {
        let old = members.remove(name);
        if !change.is_null() {
            members.insert(name.clone(), merged(old.unwrap_or(Value::Null), change));
        }
    }
    Value::Object(members)
}

/// RFC 6902 on values; `None` when an operation cannot be carried out.
fn patched(mut document: Value, patch: &Value) -> Option<Value> {
    for operation in patch.as_array()? {
        let text = |name: &str| operation.get(name).and_then(Value::as_str);
        let (path, value) = (text("path")?, operation.get("value"));
        match text("op")? {
            "add" => add(&mut document, path, value?.clone())?,
            "remove" => {
                remove(&mut document, path)?;
            }
            "replace" => *document.pointer_mut(path)? = value?.clone(),
            "move" => {
                let moved = remove(&mut document, text("from")?)?;
                add(&mut document, path, moved)?;
            }
            "copy" => {
                let copied = document.pointer(text("from")?)?.clone();
                add(&mut document, path, copied)?;
            }
            "test" => {
                document.pointer(path)?;
            }
            _ => return None,
        }
    }
    Some(document)
}

fn parent<'d>(document: &'d mut Value, path: &str) -> Option<(&'d mut Value, String)> {
    let (parent, name) = path.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    Some((document.pointer_mut(parent)?, name))
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    match parent(document, path)? {
        (Value::Object(members), name) => {
            members.insert(name, value);
        }
        (Value::Array(elements), name) if name == "-" => elements.push(value),
        (Value::Array(elements), name) => {
            let index = index(&name).filter(|index| *index <= elements.len())?;
            elements.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    if path.is_empty() {
        return Some(std::mem::take(document));
    }
    match parent(document, path)? {
        (Value::Object(members), name) => members.remove(&name),
        (Value::Array(elements), name) => {
            let index = index(&name).filter(|index| *index < elements.len())?;
            Some(elements.remove(index))
        }
        _ => None,
    }
}

fn index(text: &str) -> Option<usize> {
    let is_plain = text == "0" || !text.starts_with(['0', '+']);
    text.parse().ok().filter(|_| is_plain)
}
