//! Rows on disk: our checkpoints beside fjall, and what a checkpoint does to the log's syncs.
//!
//! ```sh
//! cargo run --release -- ours  FOLDER [ROWS]     # our rows, one partition
//! cargo run --release -- fjall FOLDER [ROWS]     # the library, one keyspace
//! cargo run --release -- log   FOLDER            # syncs of the log, alone and beside checkpoints
//! ```
//!
//! `FOLDER` must not exist; it is removed afterwards. Keys are 30 and values 160 random bytes.

mod library;
mod log;
mod ours;
mod process;

use process::{Usage, disk_bytes};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const ROWS: u64 = 2_000_000;
const BATCH: u64 = 5_000;
const DURABLE: u64 = 250_000;
const LOOKUPS: u64 = 200_000;

/// What is compared.
pub trait Engine: Sized {
    fn open(folder: &Path) -> Result<Self>;
    fn put(&mut self, key: &[u8], value: &[u8]);
    fn delete(&mut self, key: &[u8]);
    /// A batch of changes ends.
    fn commit(&mut self) -> Result<()>;
    /// Everything so far is to be durable, or on its way: how long the caller was held up is what
    /// is measured.
    fn persist(&mut self) -> Result<()>;
    /// Everything is durable and nothing goes on in the background any more.
    fn settle(&mut self) -> Result<()>;
    fn contains(&mut self, key: &[u8]) -> Result<bool>;
    fn count(&mut self) -> Result<u64>;
    /// One line about itself.
    fn notes(&self) -> String;
}

/// A row's key: random, but the same for the same number.
fn key(number: u64) -> [u8; 30] {
    let mut key = [0; 30];
    fill(number.wrapping_mul(2), &mut key);
    key
}

/// A row's value; `version` makes it another one.
fn value(number: u64, version: u64) -> [u8; 160] {
    let mut value = [0; 160];
    fill(number.wrapping_mul(2) ^ 1 ^ (version << 62), &mut value);
    value
}

/// SplitMix64.
fn fill(seed: u64, bytes: &mut [u8]) {
    let mut state = seed;
    for chunk in bytes.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state.wrapping_mul(0xff51_afd7_ed55_8ccd);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
    }
}

/// The longest time that something took.
#[derive(Default)]
struct Longest(Duration);

impl Longest {
    fn time<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = body();
        self.0 = self.0.max(started.elapsed());
        result
    }
}

struct Bench<E> {
    engine: E,
    folder: std::path::PathBuf,
}

impl<E: Engine> Bench<E> {
    fn report(&self, what: &str, operations: u64, started: Instant, before: Usage, pauses: &str) {
        let seconds = started.elapsed().as_secs_f64();
        let usage = Usage::now();
        println!(
            "{what:<18} {:>9.0}/s {seconds:>7.2} s  {pauses:<44} {:>6} MB written {:>6} MB on disk \
             {:>5} MB resident (most {:>5})  {}",
            operations as f64 / seconds,
            (usage.written - before.written) >> 20,
            disk_bytes(&self.folder) >> 20,
            usage.resident >> 20,
            usage.resident_max >> 20,
            self.engine.notes(),
        );
    }

    fn write(
        &mut self,
        what: &str,
        numbers: impl Iterator<Item = u64>,
        mut change: impl FnMut(&mut E, u64),
    ) -> Result<()> {
        let (started, before) = (Instant::now(), Usage::now());
        let (mut batch, mut durable) = (Longest::default(), Longest::default());
        let mut done = 0;
        let mut numbers = numbers.peekable();
        while numbers.peek().is_some() {
            batch.time(|| -> Result<()> {
                for number in numbers.by_ref().take(BATCH as usize) {
                    change(&mut self.engine, number);
                    done += 1;
                }
                self.engine.commit()
            })?;
            if done % DURABLE == 0 {
                durable.time(|| self.engine.persist())?;
            }
        }
        let writing = started.elapsed();
        let pauses = format!(
            "batch ≤ {:>4} ms, durable ≤ {:>5} ms",
            batch.0.as_millis(),
            durable.0.as_millis()
        );
        self.report(what, done, started, before, &pauses);
        self.engine.settle()?;
        let settling = started.elapsed() - writing;
        self.report("  … and settled", done, started, before, &format!("{settling:.2?} more"));
        Ok(())
    }

    fn look_up(&mut self, what: &str, numbers: impl Iterator<Item = u64>, hit: bool) -> Result<()> {
        let (started, before) = (Instant::now(), Usage::now());
        let (mut longest, mut done) = (Longest::default(), 0);
        for number in numbers {
            let key = key(number);
            let found = longest.time(|| self.engine.contains(&key))?;
            assert_eq!(found, hit, "row {number}");
            done += 1;
        }
        let pauses = format!("longest {:.2} ms", longest.0.as_secs_f64() * 1e3);
        self.report(what, done, started, before, &pauses);
        Ok(())
    }

    fn scan(&mut self, what: &str, expected: u64) -> Result<()> {
        let (started, before) = (Instant::now(), Usage::now());
        let count = self.engine.count()?;
        assert_eq!(count, expected, "rows in a scan");
        self.report(what, count, started, before, "");
        Ok(())
    }
}

/// Row numbers in an order that is not theirs: a step that shares no factor with the count.
fn shuffled(rows: u64, step: u64) -> impl Iterator<Item = u64> {
    (0..rows).map(move |index| (index * 7_919 * step) % rows)
}

fn run<E: Engine>(folder: &Path, rows: u64) -> Result<()> {
    let mut bench = Bench { engine: E::open(folder)?, folder: folder.to_owned() };
    bench.write("insert", 0..rows, |engine, number| {
        engine.put(&key(number), &value(number, 0));
    })?;
    bench.look_up("get, missing", rows..rows + LOOKUPS, false)?;
    bench.look_up("get, present", shuffled(rows, 1).take(LOOKUPS as usize), true)?;
    bench.scan("scan", rows)?;
    bench.write("overwrite half", (0..rows).filter(|n| n % 2 == 0), |engine, number| {
        engine.put(&key(number), &value(number, 1));
    })?;
    bench.write("delete half", (0..rows).filter(|n| n % 4 < 2), |engine, number| {
        engine.delete(&key(number));
    })?;
    bench.scan("scan", rows - rows / 2)?;
    let Bench { engine, folder } = bench;
    drop(engine);
    let (started, before) = (Instant::now(), Usage::now());
    let mut bench = Bench { engine: E::open(&folder)?, folder };
    assert!(bench.engine.contains(&key(3))? && !bench.engine.contains(&key(1))?);
    bench.report("open again", 1, started, before, "");
    bench.look_up(
        "get, present",
        shuffled(rows / 4, 3).map(|n| n * 4 + 3).take(LOOKUPS as usize),
        true,
    )?;
    Ok(())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: ours|fjall|log FOLDER [ROWS]".into());
    };
    let rows = arguments.next().map_or(Ok(ROWS), |rows| rows.parse())?;
    let folder = Path::new(&folder);
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()).into());
    }
    std::fs::create_dir_all(folder)?;
    let result = match what.as_str() {
        "ours" => run::<ours::Ours>(folder, rows),
        "fjall" => run::<library::Library>(folder, rows),
        "log" => log::run(folder),
        _ => Err("ours, fjall or log?".into()),
    };
    std::fs::remove_dir_all(folder)?;
    result
}
