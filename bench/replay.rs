//! replay: sends ready-made HTTP requests over and over and counts the answers.
//!
//! ```text
//! rustc -O --edition 2024 replay.rs -o replay
//! ./replay 127.0.0.1:4566 requests.bin 16 5
//! ```
//!
//! `requests.bin` holds requests, each behind its length (four bytes, little endian); `run.py`
//! signs them beforehand, so that this program measures the server and not its own hashing. Each
//! connection has a thread and one request under way, starts somewhere else in the file, and goes
//! round. Only the standard library, so that nothing has to be built around it.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::sync::Arc;
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
    let [address, path, connections, seconds] = arguments.as_slice() else {
        eprintln!("replay ADDRESS REQUESTS CONNECTIONS SECONDS");
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
    let quantile = |share: f64| {
        let at = (all.micros.len().saturating_sub(1)) as f64 * share;
        all.micros.get(at as usize).copied().unwrap_or_default()
    };
    println!(
        "req/s {:.0} p50_us {} p99_us {} max_us {} requests {} refused {} MB/s {:.1}",
        all.micros.len() as f64 / elapsed,
        quantile(0.5),
        quantile(0.99),
        quantile(1.0),
        all.micros.len(),
        all.refused,
        all.bytes as f64 / elapsed / 1e6,
    );
    Ok(())
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
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut seen = Seen::default();
    let mut buffer = vec![0; 64 * 1024];
    for request in requests.iter().cycle().skip(from) {
        let begin = Instant::now();
        if begin >= stop {
            break;
        }
        stream.write_all(request)?;
        let (status, bytes) = answer(&mut stream, &mut buffer)?;
        seen.micros.push(u64::try_from(begin.elapsed().as_micros()).unwrap_or(u64::MAX));
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
