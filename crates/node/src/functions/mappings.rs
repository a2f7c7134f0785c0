//! Keeps a worker for every event source mapping of a partition, as the rows have them.

use super::{Functions, event_source};
use std::collections::BTreeMap;
use tidemill_kernel::{PartitionId, Uuid};
use tidemill_services::lambda::{self, Mapping};
use tidemill_services::{Command, Reply, Work};
use tokio::sync::watch;

/// The workers by mapping. Dropping a sender ends its worker once its batch is done.
type Workers = BTreeMap<Uuid, watch::Sender<Mapping>>;

pub(super) async fn watch(functions: Functions, partition: PartitionId) {
    let mut workers = Workers::new();
    let mut seen = None;
    loop {
        let command = Command::Lambda(Box::new(lambda::Command::WatchMappings { seen }));
        let asked = functions.ask(Work::Command(partition, command));
        match functions.until_stopping(asked).await {
            Some(Ok(Ok(Reply::Lambda(lambda::Reply::Watched { seen: now, mappings })))) => {
                seen = Some(now);
                reconcile(&functions, &mut workers, mappings);
            }
            Some(Ok(other)) => unreachable!("a watch is answered with mappings, not {other:?}"),
            // The node or we are stopping; so do the workers, with their senders.
            Some(Err(_)) | None => return,
        }
    }
}

fn reconcile(functions: &Functions, workers: &mut Workers, mappings: Vec<Mapping>) {
    workers.retain(|uuid, _| mappings.iter().any(|mapping| mapping.uuid == *uuid));
    for mapping in mappings {
        match workers.get(&mapping.uuid) {
            Some(worker) => {
                worker.send_if_modified(|current| {
                    let is_new = *current != mapping;
                    *current = mapping;
                    is_new
                });
            }
            None => {
                let (sender, receiver) = watch::channel(mapping.clone());
                tokio::spawn(event_source::run(functions.clone(), receiver));
                workers.insert(mapping.uuid, sender);
            }
        }
    }
}
