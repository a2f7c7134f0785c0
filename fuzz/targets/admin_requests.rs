//! Requests to the admin API: path, parameters and body, down to the words of the service.

use super::input::{EditMessageInput, Input, RedriveInput, SearchInput};
use super::refusal::Refusal;
use super::routes::{self, Operation};
use bytes::Bytes;
use http::{HeaderMap, Method};
use tidemill_aws::HttpRequest;
use tidemill_kernel::Uuid;
use tidemill_services::sqs::{Edit, RedriveFilter};

/// A line with method and target; the rest is the body.
pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (line, body) = data.split_at(end);
    let line = String::from_utf8_lossy(line);
    let Some((method, target)) = line.split_once(' ') else { return };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request = HttpRequest {
        method: Method::POST,
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.get(1..).unwrap_or_default()),
    };
    if let Err(refusal) = read(method, &request) {
        assert!((400..500).contains(&refusal.status), "{refusal:?}");
        let _ = refusal.render(Uuid::default());
    }
}

/// Everything that a handler would read of the request.
fn read(method: &str, request: &HttpRequest) -> Result<(), Refusal> {
    let (operation, captures) = routes::find(method, &request.path)?;
    let input = Input::read(operation, captures, request)?;
    input.position()?;
    input.limit(20, 1000)?;
    let _ = (input.capture(0), input.capture(1));
    match operation {
        Operation::SearchMessages => {
            let search: SearchInput = input.json()?;
            search.states()?;
            search.into_search()?;
        }
        Operation::StartRedrive => {
            let redrive: RedriveInput = input.json()?;
            let filter = redrive.filter()?;
            assert_ne!(filter, Some(RedriveFilter::default()), "a filter says something");
            let edit = redrive.edit.map(|edit| edit.request()).transpose()?;
            // The service's own refusals have a target of their own.
            let _ = edit.map(Edit::checked);
        }
        Operation::EditMessage => {
            let edit: EditMessageInput = input.json()?;
            let _ = Edit::checked(edit.edit.request()?);
        }
        Operation::PeekMessages => {
            input.search()?;
        }
        Operation::Document
        | Operation::ListQueues
        | Operation::ShowQueue
        | Operation::PauseQueue
        | Operation::ResumeQueue
        | Operation::ShowMessage
        | Operation::ListEdits
        | Operation::PeekScheduled
        | Operation::ListFailures
        | Operation::ShowFailure
        | Operation::ListRedrives
        | Operation::ShowRedrive
        | Operation::CancelRedrive => {}
    }
    Ok(())
}
