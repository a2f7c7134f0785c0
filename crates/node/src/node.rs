//! The node as the edge sees it: hand in work, await the durable answer.

use crate::checkpoints::stored;
use crate::core::{Answer, Core, Invoke, Shards};
use crate::driver::{self, Parts, Running};
use crate::http_deliveries::{DeliveryOptions, PostMetrics, Runner};
use crate::keeper::{CheckpointRule, KeeperMail};
use crate::memory::MemoryWatch;
use crate::metrics::Metrics;
use crate::object_data::ObjectFiles;
use crate::replay::replay;
use crate::room::{Room, RoomWatch};
use crate::shard::{self, Mail, Mailboxes, Ticket};
use crate::signatures::Signer;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;
use tidemill_kernel::{Arn, Fact, Facts, PartitionId, Secret, codec};
use tidemill_services::s3::model::BlobId;
use tidemill_services::{Burden, Command, Entry, Query, Reply, Work, merge, sns};
use tidemill_store::disk::Disk;
use tidemill_store::{Blobs, DirectoryLock, RealDisk};
use tokio::runtime::Handle;
use tokio::sync::mpsc::unbounded_channel;
use tokio::sync::oneshot;

/// Bytes of commands that may wait for the core, whatever the memory; beyond it callers are asked
/// to slow down.
const MAILBOX_BYTES_MAX: u64 = 64 << 20;

/// How to run a node.
#[derive(Clone, Debug)]
pub struct Options {
    pub data: PathBuf,
    /// Log bytes that make a checkpoint due.
    pub checkpoint_log_bytes: u64,
    /// The longest a change waits for a checkpoint.
    pub checkpoint_interval: Duration,
    /// What the process may take of memory before new data is refused.
    pub memory_bytes_max: u64,
    /// What it has of it, where the system says so.
    pub resident_bytes: fn() -> Option<u64>,
    /// How many threads share the partitions.
    pub partition_threads: usize,
    pub deliveries: DeliveryOptions,
}

impl Options {
    #[must_use]
    pub fn new(data: PathBuf) -> Options {
        Options {
            data,
            checkpoint_log_bytes: 64 << 20,
            checkpoint_interval: Duration::from_secs(60),
            memory_bytes_max: u64::MAX,
            resident_bytes: || None,
            partition_threads: partition_threads_default(),
            deliveries: DeliveryOptions::default(),
        }
    }
}

/// Half the cores: to read, check and answer a request costs several times what it costs to decide
/// it, and on two cores a second thread made sends 4 to 14 % slower. Four decide more than any
/// listener hands in.
fn partition_threads_default() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).clamp(1, 4))
}

/// An answer on its way; it fails when the node stops first.
type Awaited = oneshot::Receiver<Answer>;

/// Why a node could not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] tidemill_store::OpenError),
    #[error("cannot sweep unfinished uploads from the blobs: {0}. Check the disk and start again")]
    Sweep(#[from] std::io::Error),
}

/// The node cannot take the work now; the caller may try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("too many requests are waiting; slow down and try again")]
    Busy,
    #[error("{}", .0)]
    NoRoom(Shortage),
    #[error("the server is stopping; try again when it is back")]
    Stopping,
}

/// What there is too little of to do a work now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shortage {
    #[error("the server's disk is nearly full: {}; try again when there is more room", refused(.0))]
    Disk(Room),
    #[error(
        "the server's memory_max is used up: no new data is taken; try again when more of it is on \
         disk"
    )]
    Memory,
}

fn refused(room: &Room) -> &'static str {
    match room {
        Room::Full => "nothing is changed but by deleting",
        Room::Low | Room::Plenty => "no new data is taken",
    }
}

/// A running node. Clones share it.
#[derive(Clone)]
pub struct Node {
    shared: Arc<Shared>,
}

/// A node as its own helpers hold it: they do not keep it alive.
#[derive(Clone)]
pub(crate) struct WeakNode(Weak<Shared>);

impl WeakNode {
    pub(crate) fn upgrade(&self) -> Option<Node> {
        self.0.upgrade().map(|shared| Node { shared })
    }
}

struct Shared {
    mailboxes: Mailboxes,
    keeper: Sender<KeeperMail>,
    metrics: Arc<Metrics>,
    secret: Secret,
    blobs: Arc<Blobs>,
    room: Arc<RoomWatch>,
    memory: Arc<MemoryWatch>,
    signer: Signer,
    posts: Arc<PostMetrics>,
    data: PathBuf,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held for as long as the node lives.
    _lock: DirectoryLock,
}

impl Node {
    /// Opens a data directory, replays its log and starts the threads. Blocks until ready.
    ///
    /// `invoke` is told of every function run to start, after it is durable; it must not block.
    /// `runtime` is where [`Node::submit`] will be called: replies are handed out there.
    pub fn open(
        options: &Options,
        invoke: impl Fn(Invoke) + Send + Sync + 'static,
        runtime: &Handle,
    ) -> Result<Node, OpenError> {
        let lock = DirectoryLock::acquire(&options.data)?;
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let blobs = Blobs::open(Arc::clone(&disk), &options.data, fresh_secret())?;
        let room = Arc::new(RoomWatch::open(Arc::clone(&disk), options.data.clone()));
        let memory = Arc::new(MemoryWatch::new(options.memory_bytes_max, options.resident_bytes));
        let mut sizes = tidemill_store::Options::default();
        sizes.row_cache_bytes = sizes.row_cache_bytes.min(memory.row_cache_bytes_max());
        let opened = tidemill_store::open(disk, &options.data, sizes, fresh_secret)?;
        let checkpointed = PartitionId::all()
            .zip(&opened.partitions)
            .map(|(id, partition)| (id, partition.applied))
            .collect();
        let shards = Shards::new(options.partition_threads);
        let mut cores: Vec<Core<Ticket>> = shards.load(opened.secret, opened.partitions);
        replay(shards, &mut cores, opened.replay)?;
        sweep_leftovers(&blobs, |visit| cores.iter().for_each(|core| core.visit_blobs(visit)))?;
        let blobs = Arc::new(blobs);
        let applied = cores.iter().flat_map(Core::applied);
        let metrics = Arc::new(Metrics::starting_at(applied.map(|(_, at)| at.0).sum()));
        let rule = CheckpointRule {
            log_bytes: options.checkpoint_log_bytes,
            interval: options.checkpoint_interval,
            log_bytes_min: 1 << 20,
        };
        let (replies, answered) = unbounded_channel();
        runtime.spawn(shard::hand_out(answered));
        let (posts, posted) = unbounded_channel();
        let parts = Parts {
            shards,
            cores,
            wal: opened.wal,
            checkpointer: opened.checkpointer,
            checkpointed,
            blobs: Arc::clone(&blobs),
            rule,
            metrics: Arc::clone(&metrics),
            room: Arc::clone(&room),
            memory: Arc::clone(&memory),
            replies,
            invoke: Arc::new(invoke),
            posts,
        };
        let Running { mailboxes, keeper, thread } = driver::start(parts);
        let shared = Shared {
            mailboxes,
            keeper,
            metrics,
            secret: opened.secret,
            blobs,
            room,
            memory,
            signer: Signer::new(&options.data),
            posts: Arc::default(),
            data: options.data.clone(),
            thread: Mutex::new(Some(thread)),
            _lock: lock,
        };
        let shared = Arc::new(shared);
        let node = WeakNode(Arc::downgrade(&shared));
        let (signer, posts) = (shared.signer.clone(), Arc::clone(&shared.posts));
        let runner = Runner::new(node, signer, options.deliveries.clone(), posts);
        runtime.spawn(runner.run(posted));
        Ok(Node { shared })
    }

    /// Does a unit of work and answers when it is durable. A long poll's future may be dropped:
    /// the core notices before it would hand anything to it.
    ///
    /// The future is small, because every request carries it: what needs several questions asked
    /// is boxed.
    pub async fn submit(&self, work: Work) -> Result<Answer, Unavailable> {
        let answer = match work {
            Work::Query(partition, query) => self.ask(partition, query)?,
            Work::QueryAll(query) => return Box::pin(self.query_all(query)).await,
            Work::Command(partition, command) => {
                self.admit(command.burden())?;
                let foreign = command.foreign();
                if foreign.is_empty() {
                    self.propose(partition, Entry { command, facts: Facts::default() })?
                } else {
                    let informed = self.propose_informed(partition, command, foreign);
                    return Box::pin(informed).await;
                }
            }
        };
        answer.await.map_err(|_| Unavailable::Stopping)
    }

    /// Whether disk and memory have room for what will be asked next.
    pub fn admit(&self, burden: Burden) -> Result<(), Unavailable> {
        let Shared { room, memory, .. } = &*self.shared;
        room.admit(burden).map_err(|room| Unavailable::NoRoom(Shortage::Disk(room)))?;
        if memory.admits(burden) {
            return Ok(());
        }
        Err(Unavailable::NoRoom(Shortage::Memory))
    }

    /// What the process may take of memory, and how near to that it is.
    #[must_use]
    pub fn memory(&self) -> &MemoryWatch {
        &self.shared.memory
    }

    /// What the disk has room for.
    #[must_use]
    pub fn room(&self) -> &RoomWatch {
        &self.shared.room
    }

    /// Object data, for the S3 front.
    #[must_use]
    pub fn object_files(&self) -> ObjectFiles {
        let Shared { blobs, room, keeper, .. } = &*self.shared;
        ObjectFiles::new(Arc::clone(blobs), Arc::clone(room), keeper.clone())
    }

    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// Bytes that the volume of the data directory has left for us.
    pub fn disk_free_bytes(&self) -> std::io::Result<u64> {
        let volume = rustix::fs::statvfs(&self.shared.data)?;
        Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
    }

    /// The data directory's secret, for what the edge derives itself (session tokens).
    #[must_use]
    pub fn secret(&self) -> Secret {
        self.shared.secret
    }

    /// Object bodies and function packages, which are written before the command that names them.
    #[must_use]
    pub fn blobs(&self) -> &Arc<Blobs> {
        &self.shared.blobs
    }

    /// What is counted of posts to endpoints.
    #[must_use]
    pub fn posts(&self) -> &PostMetrics {
        &self.shared.posts
    }

    /// The certificate (PEM) that notifications name, of this or an earlier key of the
    /// installation; `None` where none has that fingerprint.
    pub fn signing_certificate(&self, fingerprint: &str) -> std::io::Result<Option<String>> {
        self.shared.signer.certificate(fingerprint)
    }

    /// Answers every long poll that is parked now with what it would get at its deadline, because
    /// the server is stopping. Workers of the node's own simply ask again.
    pub fn end_long_polls(&self) {
        for sender in self.shared.mailboxes.senders.iter() {
            // An error means that the shard has ended already, and all its polls with it.
            let _ = sender.send(Mail::EndLongPolls);
        }
    }

    /// Finishes what is open, writes a last checkpoint and ends the threads. Blocks.
    pub fn shutdown(&self) {
        // An error means that the keeper has ended already, and the shards before it.
        let _ = self.shared.keeper.send(KeeperMail::Stop);
        let thread = self.shared.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The thread aborts the process rather than panic, so there is no error to handle.
            let _ = thread.join();
        }
    }

    async fn query(&self, partition: PartitionId, query: Query) -> Result<Answer, Unavailable> {
        let answer = self.ask(partition, query)?;
        answer.await.map_err(|_| Unavailable::Stopping)
    }

    /// Asks every partition and makes one reply of the answers.
    async fn query_all(&self, query: Query) -> Result<Answer, Unavailable> {
        let mut replies = Vec::new();
        for partition in PartitionId::all() {
            match self.query(partition, query.clone()).await? {
                Ok(reply) => replies.push(reply),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(merge(&query, replies)))
    }

    /// Finds out about resources of other partitions, for a command that is about to be logged.
    async fn look_up(&self, foreign: Vec<Arn>) -> Result<Facts, Unavailable> {
        let mut facts = Vec::with_capacity(foreign.len());
        for about in foreign {
            let fact = match PartitionId::of_arn(&about) {
                None => None,
                // All that an account has: every partition knows a part.
                Some(_) if sns::is_account(&about) => {
                    match self.query_all(Query::Fact(about.clone())).await? {
                        Ok(Reply::Fact(fact)) => Some(fact),
                        Ok(_) | Err(_) => None,
                    }
                }
                Some(partition) => match self.query(partition, Query::Fact(about.clone())).await? {
                    Ok(Reply::Fact(fact)) => Some(fact),
                    Ok(_) | Err(_) => None,
                },
            };
            facts.push(fact.unwrap_or(Fact { about, exists: false, detail: None }));
        }
        Ok(Facts(facts))
    }

    async fn propose_informed(
        &self,
        partition: PartitionId,
        command: Command,
        foreign: Vec<Arn>,
    ) -> Result<Answer, Unavailable> {
        let facts = self.look_up(foreign).await?;
        let answer = self.propose(partition, Entry { command, facts })?;
        answer.await.map_err(|_| Unavailable::Stopping)
    }

    fn ask(&self, partition: PartitionId, query: Query) -> Result<Awaited, Unavailable> {
        self.post(partition, 0, |ticket| Mail::Query { partition, query, ticket })
    }

    fn propose(&self, partition: PartitionId, entry: Entry) -> Result<Awaited, Unavailable> {
        let bytes = codec::to_bytes(&entry);
        let size = bytes.len();
        self.post(partition, size, |ticket| Mail::Command { partition, entry, bytes, ticket })
    }

    fn post(
        &self,
        partition: PartitionId,
        bytes: usize,
        mail: impl FnOnce(Ticket) -> Mail,
    ) -> Result<Awaited, Unavailable> {
        let metrics = &self.shared.metrics;
        let bytes_max = MAILBOX_BYTES_MAX.min(self.shared.memory.mailbox_bytes_max());
        if metrics.mailbox_bytes.load(Relaxed) > bytes_max {
            metrics.refused_busy.fetch_add(1, Relaxed);
            return Err(Unavailable::Busy);
        }
        let (ticket, answer) = oneshot::channel();
        metrics.mailbox.fetch_add(1, Relaxed);
        metrics.mailbox_bytes.fetch_add(bytes as u64, Relaxed);
        let is_taken = self.shared.mailboxes.send(partition, mail(Some(ticket)));
        if is_taken { Ok(answer) } else { Err(Unavailable::Stopping) }
    }
}

/// Unlinks object data that was written for a command which never came: the process stopped in
/// between. `visit_named` shows every blob that something names. Function packages are shared and
/// have their own sweep.
pub fn sweep_leftovers(
    blobs: &Blobs,
    visit_named: impl FnOnce(&mut dyn FnMut(BlobId)),
) -> Result<(), OpenError> {
    let mut leftovers: BTreeSet<_> =
        blobs.list()?.into_iter().filter(|blob| !blob.is_shared()).collect();
    if leftovers.is_empty() {
        return Ok(());
    }
    visit_named(&mut |blob| {
        leftovers.remove(&stored(blob));
    });
    for blob in leftovers {
        blobs.delete(blob)?;
    }
    Ok(())
}

/// 256 bits from the operating system, drawn once when a data directory is created.
fn fresh_secret() -> [u8; 32] {
    let mut secret = [0; 32];
    let mut filled = 0;
    while let Some(rest) = secret.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())
            .expect("Linux has had getrandom since 3.17, and it only fails when interrupted early");
    }
    secret
}
