//! Request ids: unguessable, unique, and cheap enough to draw for every request.

use std::cell::RefCell;
use std::io;
use tidemill_kernel::Uuid;

/// Fills `bytes` from the operating system's random source.
pub fn fill_from_os(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    // Few bytes come at once, many may come in parts.
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty())?;
    }
    Ok(())
}

/// Draws a request id. Each thread has its own stream, seeded once from the system.
#[must_use]
pub fn draw() -> Uuid {
    thread_local! {
        static STREAM: RefCell<Option<blake3::OutputReader>> = const { RefCell::new(None) };
    }
    STREAM.with_borrow_mut(|stream| {
        let stream = stream.get_or_insert_with(seeded_stream);
        let mut bytes = [0; 16];
        stream.fill(&mut bytes);
        Uuid::from_random(bytes)
    })
}

fn seeded_stream() -> blake3::OutputReader {
    let mut seed = [0; 32];
    fill_from_os(&mut seed).expect("a system without a random source cannot hold secrets either");
    blake3::Hasher::new_keyed(&seed).update(b"tidemill request id 1").finalize_xof()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_do_not_repeat_within_or_across_threads() {
        let draw_some = || (0..1000).map(|_| draw()).collect::<Vec<_>>();
        let other = std::thread::spawn(draw_some);
        let ids: BTreeSet<Uuid> =
            draw_some().into_iter().chain(other.join().expect("no panic")).collect();
        assert_eq!(ids.len(), 2000);
    }
}
