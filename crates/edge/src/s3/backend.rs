//! What this front needs behind it: the core, and files for data too large for the log.

use tidemill_node::{Node, Unavailable};
use tidemill_services::{Error, Reply, Work};

pub use tidemill_node::object_data::{BlobFiles, BlobSink, BlobSource};

/// The core. Answers when what it says is durable.
#[async_trait::async_trait]
pub trait Core: Send + Sync + 'static {
    async fn submit(&self, work: Work) -> Result<Result<Reply, Error>, Unavailable>;
}

#[async_trait::async_trait]
impl Core for Node {
    async fn submit(&self, work: Work) -> Result<Result<Reply, Error>, Unavailable> {
        Node::submit(self, work).await
    }
}
