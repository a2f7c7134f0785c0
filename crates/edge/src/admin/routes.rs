//! Which path and method is which operation, and the query parameters each takes: one table, which
//! the OpenAPI document is compared with.

use super::refusal::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Document,
    ListQueues,
    ShowQueue,
    PauseQueue,
    ResumeQueue,
    PeekMessages,
    ShowMessage,
    EditMessage,
    ListEdits,
    SearchMessages,
    PeekScheduled,
    ListFailures,
    ShowFailure,
    StartRedrive,
    ListRedrives,
    ShowRedrive,
    CancelRedrive,
}

impl Operation {
    /// As metrics and the document call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::Document => "Document",
            Operation::ListQueues => "ListQueues",
            Operation::ShowQueue => "ShowQueue",
            Operation::PauseQueue => "PauseQueue",
            Operation::ResumeQueue => "ResumeQueue",
            Operation::PeekMessages => "PeekMessages",
            Operation::ShowMessage => "ShowMessage",
            Operation::EditMessage => "EditMessage",
            Operation::ListEdits => "ListEdits",
            Operation::SearchMessages => "SearchMessages",
            Operation::PeekScheduled => "PeekScheduled",
            Operation::ListFailures => "ListFailures",
            Operation::ShowFailure => "ShowFailure",
            Operation::StartRedrive => "StartRedrive",
            Operation::ListRedrives => "ListRedrives",
            Operation::ShowRedrive => "ShowRedrive",
            Operation::CancelRedrive => "CancelRedrive",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        ROUTES.iter().find(|route| route.operation == self).map_or(&[], |route| route.parameters)
    }
}

pub(super) struct Route {
    pub(super) method: &'static str,
    /// Segments in braces stand for any text, which the operation is given in order.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    pub(super) parameters: &'static [&'static str],
}

const fn route(
    method: &'static str,
    path: &'static str,
    operation: Operation,
    parameters: &'static [&'static str],
) -> Route {
    Route { method, path, operation, parameters }
}

const PEEK: &[&str] = &["from", "limit", "state", "group", "id", "attribute"];

pub(super) const ROUTES: [Route; 17] = [
    route("GET", "/_tidemill/openapi.json", Operation::Document, &[]),
    route("GET", "/_tidemill/queues", Operation::ListQueues, &["prefix", "after", "limit"]),
    route("GET", "/_tidemill/queues/{queue}", Operation::ShowQueue, &[]),
    route("POST", "/_tidemill/queues/{queue}/pause", Operation::PauseQueue, &[]),
    route("POST", "/_tidemill/queues/{queue}/resume", Operation::ResumeQueue, &[]),
    route("GET", "/_tidemill/queues/{queue}/messages", Operation::PeekMessages, PEEK),
    route("GET", "/_tidemill/queues/{queue}/messages/{position}", Operation::ShowMessage, &[]),
    route(
        "POST",
        "/_tidemill/queues/{queue}/messages/{position}/edit",
        Operation::EditMessage,
        &[],
    ),
    route("GET", "/_tidemill/queues/{queue}/edits", Operation::ListEdits, &["below", "limit"]),
    route("POST", "/_tidemill/queues/{queue}/search", Operation::SearchMessages, &[]),
    route(
        "GET",
        "/_tidemill/queues/{queue}/scheduled",
        Operation::PeekScheduled,
        &["after", "limit"],
    ),
    route("GET", "/_tidemill/queues/{queue}/failures", Operation::ListFailures, &["from"]),
    route(
        "GET",
        "/_tidemill/queues/{queue}/failures/{fingerprint}",
        Operation::ShowFailure,
        &["from", "limit"],
    ),
    route("POST", "/_tidemill/queues/{queue}/redrives", Operation::StartRedrive, &[]),
    route("GET", "/_tidemill/queues/{queue}/redrives", Operation::ListRedrives, &[]),
    route("GET", "/_tidemill/queues/{queue}/redrives/{redrive}", Operation::ShowRedrive, &[]),
    route(
        "POST",
        "/_tidemill/queues/{queue}/redrives/{redrive}/cancel",
        Operation::CancelRedrive,
        &[],
    ),
];

/// The operation at a path, with the texts that stand for the segments in braces.
pub(super) fn find(method: &str, path: &str) -> Result<(Operation, Vec<String>), Refusal> {
    let mut allowed = Vec::new();
    for route in &ROUTES {
        let Some(captures) = captures(route.path, path) else { continue };
        if route.method == method {
            return Ok((route.operation, captures));
        }
        allowed.push(route.method);
    }
    if allowed.is_empty() {
        return Err(Refusal::unknown_path(path));
    }
    Err(Refusal::method_not_allowed(method, path, &allowed.join(" and ")))
}

fn captures(template: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut captures = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(captures),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                captures.push(given.to_owned());
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(_) | None, Some(_) | None) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DOCUMENT;
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    #[test]
    fn a_path_is_found_with_its_captures_or_refused() {
        let found = |method, path| match find(method, path) {
            Ok((operation, captures)) => format!("{} {}", operation.name(), captures.join(" ")),
            Err(refusal) => refusal.code.into_owned(),
        };
        for (method, path, expected) in [
            ("GET", "/_tidemill/queues", "ListQueues "),
            ("GET", "/_tidemill/queues/a.fifo/messages/7", "ShowMessage a.fifo 7"),
            ("POST", "/_tidemill/queues/a/redrives", "StartRedrive a"),
            ("POST", "/_tidemill/queues/a/messages/7/edit", "EditMessage a 7"),
            ("DELETE", "/_tidemill/queues/a/redrives", "MethodNotAllowed"),
            ("GET", "/_tidemill/queues/", "UnknownPath"),
            ("GET", "/_tidemill", "UnknownPath"),
            ("GET", "/_tidemill/queues/a/b", "UnknownPath"),
        ] {
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }

    /// Both ways: what is served is described, and what is described is served.
    #[test]
    fn the_document_describes_every_path_method_and_parameter() {
        let document: Value = serde_json::from_str(DOCUMENT).expect("it is JSON");
        assert_eq!(document["openapi"], "3.1.0");
        let mut described = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            let shared = methods.get("parameters").and_then(Value::as_array);
            for (method, operation) in methods.as_object().expect("methods") {
                if method == "parameters" {
                    continue;
                }
                let own = operation.get("parameters").and_then(Value::as_array);
                let all: Vec<&Value> = shared
                    .into_iter()
                    .chain(own)
                    .flatten()
                    .map(|p| resolve(&document, p))
                    .collect();
                let named = |place: &str| -> Vec<&str> {
                    let of_place = all.iter().filter(|parameter| parameter["in"] == place);
                    of_place.map(|parameter| parameter["name"].as_str().expect("a name")).collect()
                };
                let braces: Vec<&str> = path
                    .split('/')
                    .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                    .collect();
                assert_eq!(named("path"), braces, "{path}");
                let method = method.to_uppercase();
                let id = operation["operationId"].as_str().expect("an id");
                described.insert(format!("{method} {path} {id} {}", named("query").join(",")));
            }
        }
        let served: BTreeSet<String> = ROUTES
            .iter()
            .map(|route| {
                let Route { method, path, operation, parameters } = route;
                format!("{method} {path} {} {}", operation.name(), parameters.join(","))
            })
            .collect();
        assert_eq!(described, served);
    }

    fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(place) => document
                .pointer(place.trim_start_matches('#'))
                .expect("the reference leads somewhere"),
            None => value,
        }
    }
}
