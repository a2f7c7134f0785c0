//! replay: sends ready-made HTTP requests over and over and counts the answers.
//!
//! ```text
//! rustc -O --edition 2024 replay.rs -o replay
//! ./replay 127.0.0.1:4566 requests.bin 16 5
//! ./replay latency 127.0.0.1:4566 requests.bin probe.bin 1000
//! ```
//!
//! The second form wants a request that sends a message and one that waits for it, and takes the
//! time from the one to the answer of the other, as often as it is told, on one connection each.
//! Between two messages it times what the disk needs for a write of its own: 4 KiB over zeros that
//! are there already, then `fdatasync`, which is the least that being durable can take.
//!
//! `requests.bin` holds requests, each behind its length (four bytes, little endian); `run.py`
//! signs them beforehand, so that this program measures the server and not its own hashing. Each
//! connection has a thread and one request under way, starts somewhere else in the file, and goes
//! round. Only the standard library, so that nothing has to be built around it.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// What one connection saw.
#[derive(Default)]
struct Seen {
    micros: Vec<u64>,
    refused: u64,
    bytes: u64,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, address, path, probe, count] = arguments.as_slice()
        && mode == "latency"
    {
        let count = count.parse().map_err(|_| Error::other("COUNT"))?;
        return latency(address, &split(&std::fs::read(path)?)?, probe, count);
    }
    let [address, path, connections, seconds] = arguments.as_slice() else {
        eprintln!("replay [latency] ADDRESS REQUESTS CONNECTIONS|PROBE SECONDS|COUNT");
        std::process::exit(2);
    };
    let requests = Arc::new(split(&std::fs::read(path)?)?);
    let connections: usize = connections.parse().map_err(|_| Error::other("CONNECTIONS"))?;
    let seconds: f64 = seconds.parse().map_err(|_| Error::other("SECONDS"))?;

    let start = Instant::now();
    let stop = start + Duration::from_secs_f64(seconds);
    let workers: Vec<_> = (0..connections)
        .map(|number| {
            let (address, requests) = (address.clone(), Arc::clone(&requests));
            let from = number * requests.len() / connections;
            thread::spawn(move || play(&address, &requests, from, stop))
        })
        .collect();
    let mut all = Seen::default();
    for worker in workers {
        let seen = worker.join().map_err(|_| Error::other("a connection's thread panicked"))??;
        all.micros.extend(seen.micros);
        all.refused += seen.refused;
        all.bytes += seen.bytes;
    }
    let elapsed = start.elapsed().as_secs_f64();
    all.micros.sort_unstable();
    println!(
        "req/s {:.0} p50_us {} p99_us {} max_us {} requests {} refused {} MB/s {:.1}",
        all.micros.len() as f64 / elapsed,
        quantile(&all.micros, 0.5),
        quantile(&all.micros, 0.99),
        quantile(&all.micros, 1.0),
        all.micros.len(),
        all.refused,
        all.bytes as f64 / elapsed / 1e6,
    );
    Ok(())
}

/// The value below which a share of sorted ones lies.
fn quantile(sorted: &[u64], share: f64) -> u64 {
    let at = sorted.len().saturating_sub(1) as f64 * share;
    sorted.get(at as usize).copied().unwrap_or_default()
}

/// Times messages from before they are sent until the receive that waited for them is answered.
fn latency(address: &str, requests: &[Vec<u8>], probe: &str, count: usize) -> Result<()> {
    let [send, receive] = requests else {
        return Err(Error::other("a request that sends and one that waits for it are needed"));
    };
    let (came, comes) = mpsc::channel();
    let (address, receive) = (address.to_owned(), receive.clone());
    let mut sender = connect(&address)?;
    thread::spawn(move || -> Result<()> {
        let mut receiver = connect(&address)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            receiver.write_all(&receive)?;
            let answered = answer(&mut receiver, &mut buffer)?;
            if came.send((Instant::now(), answered)).is_err() {
                return Ok(()); // enough were counted
            }
        }
    });
    let mut disk = Probe::create(probe)?;
    let (mut whole, mut sent, mut probed) = (Vec::new(), Vec::new(), Vec::new());
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..count {
        probed.push(micros(disk.write()?));
        thread::sleep(SETTLES); // until the receive waits again
        let begin = Instant::now();
        sender.write_all(send)?;
        let (status, _) = answer(&mut sender, &mut buffer)?;
        sent.push(micros(begin.elapsed()));
        let (at, (received, bytes)) = comes.recv().map_err(Error::other)?;
        if status >= 300 || received >= 300 || bytes < 400 {
            return Err(Error::other(format!("sent {status}, received {received}: {bytes} bytes")));
        }
        whole.push(micros(at - begin));
    }
    for (name, mut times) in [("probe", probed), ("send", sent), ("end_to_end", whole)] {
        times.sort_unstable();
        let [p50, p99] = [0.5, 0.99].map(|share| quantile(&times, share));
        print!("{name}_p50_us {p50} {name}_p99_us {p99} ");
    }
    println!();
    Ok(())
}

/// What a server is given to be idle again between two messages.
const SETTLES: Duration = Duration::from_millis(1);

/// A file of zeros that is overwritten block by block.
struct Probe {
    file: File,
    next: u64,
}

impl Probe {
    const BLOCK: usize = 4096;
    const BLOCKS: u64 = 4096;

    fn create(path: &str) -> Result<Probe> {
        let mut file = File::create(path)?;
        for _ in 0..Probe::BLOCKS {
            file.write_all(&[0; Probe::BLOCK])?;
        }
        file.sync_all()?;
        Ok(Probe { file, next: 0 })
    }

    /// Writes a block; how long it took until it was on disk.
    fn write(&mut self) -> Result<Duration> {
        let at = self.next % Probe::BLOCKS * Probe::BLOCK as u64;
        self.next += 1;
        let begin = Instant::now();
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(&[1; Probe::BLOCK])?;
        self.file.sync_data()?;
        Ok(begin.elapsed())
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn connect(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Cuts the file into requests.
fn split(mut file: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    while let Some((length, rest)) = file.split_first_chunk::<4>() {
        let (request, rest) = rest
            .split_at_checked(u32::from_le_bytes(*length) as usize)
            .ok_or_else(|| Error::new(ErrorKind::UnexpectedEof, "the file of requests is cut"))?;
        requests.push(request.to_vec());
        file = rest;
    }
    if requests.is_empty() { Err(Error::other("no requests")) } else { Ok(requests) }
}

fn play(address: &str, requests: &[Vec<u8>], from: usize, stop: Instant) -> Result<Seen> {
    let mut stream = connect(address)?;
    let mut seen = Seen::default();
    let mut buffer = vec![0; 64 * 1024];
    for request in requests.iter().cycle().skip(from) {
        let begin = Instant::now();
        if begin >= stop {
            break;
        }
        stream.write_all(request)?;
        let (status, bytes) = answer(&mut stream, &mut buffer)?;
        seen.micros.push(micros(begin.elapsed()));
        seen.bytes += bytes;
        if status >= 300 {
            seen.refused += 1;
        }
    }
    Ok(seen)
}

/// Reads one answer: its status and how many bytes it had.
fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<(u16, u64)> {
    let mut filled = 0;
    let (status, head, length) = loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let count = stream.read(room)?;
        if count == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        filled += count;
        if let Some(found) = parse(buffer.get(..filled).unwrap_or_default()) {
            break found;
        }
    };
    let total = head + length;
    let mut read = filled;
    while read < total {
        let count = stream.read(buffer)?;
        if count == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the answer was cut off"));
        }
        read += count;
    }
    Ok((status, total as u64))
}

/// Status, length of the head and length of the body, once the head is whole.
fn parse(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0);
    Some((status, end, length))
}
