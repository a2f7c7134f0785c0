//! Reads a sandbox's output, all of it and at once, so that no function waits on a full pipe.
//!
//! # Invariants
//!
//! - Whatever was written before the answer left is in the log before the answer is passed on:
//!   see [`Capture::drain`].
//! - One piece of bounded size is in memory at a time.

use crate::logs::StreamWriter;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::unix::pipe::Receiver;

const PIECE_BYTES: usize = 32 << 10;
/// How much is read in one go. Twice the pipe's capacity: what a child that goes on printing
/// adds meanwhile need not be waited for.
const DRAIN_BYTES_MAX: usize = 128 << 10;

#[derive(Debug)]
pub(crate) struct Capture {
    pipe: Receiver,
    writer: Mutex<StreamWriter>,
}

#[derive(Debug, PartialEq, Eq)]
enum Drained {
    Empty,
    MaybeMore,
    End,
}

impl Capture {
    /// Takes the reading end of the pipe that is the function's stdout and stderr.
    pub(crate) fn new(pipe: OwnedFd, writer: StreamWriter) -> io::Result<Arc<Capture>> {
        Ok(Arc::new(Capture { pipe: Receiver::from_owned_fd(pipe)?, writer: Mutex::new(writer) }))
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, StreamWriter> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads until the last process that holds the pipe is gone.
    pub(crate) async fn run(self: Arc<Self>) {
        loop {
            if self.pipe.readable().await.is_err() {
                return;
            }
            match self.read_available(|piece| self.pipe.try_read(piece)) {
                Drained::Empty => {}
                Drained::MaybeMore => tokio::task::yield_now().await,
                Drained::End => return,
            }
        }
    }

    /// Reads what is in the pipe now, past the reactor, which may not have noticed it yet.
    pub(crate) fn drain(&self) {
        self.read_available(|piece| Ok(rustix::io::read(&self.pipe, piece)?));
    }

    /// Reads and writes what is left when no process is: the log is complete after this.
    pub(crate) fn close(&self) {
        self.drain();
        let mut writer = self.writer();
        writer.end_output();
        writer.flush();
    }

    fn read_available(&self, read: impl Fn(&mut [u8]) -> io::Result<usize>) -> Drained {
        let mut piece = [0; PIECE_BYTES];
        let mut total = 0;
        // Held over read and write: two readers must not swap their pieces.
        let mut writer = self.writer();
        let drained = loop {
            match read(&mut piece) {
                Ok(0) => break Drained::End,
                Ok(count) => {
                    writer.output(piece.get(..count).unwrap_or_default());
                    total += count;
                    if total >= DRAIN_BYTES_MAX {
                        break Drained::MaybeMore;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Drained::Empty,
                Err(_) => break Drained::End,
            }
        };
        if total > 0 {
            writer.flush();
        }
        drained
    }
}
