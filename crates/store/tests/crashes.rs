//! Every crash point of small workloads, with many ways to tear what was not synced.
#![expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may fail where it stands"
)]

#[expect(unreachable_pub, reason = "shared by several test crates")]
mod support;

use std::path::Path;
use std::sync::Arc;
use support::{Command, DATA, Machine, Model, PARTITIONS, Script, options};
use tidemill_kernel::{BodyRef, Position, Timestamp};
use tidemill_store::{
    BlobId, Blobs, DirectWrites, Disk, Faults, LogProbe, MemoryDisk, WriteMode, verify,
};

/// A data directory may find itself on another disk than before, at any start.
const DISKS: [DirectWrites; 4] = [
    DirectWrites::Fast,
    DirectWrites::RefusedAtWrite,
    DirectWrites::Slow,
    DirectWrites::RefusedAtOpen,
];

/// What a run had promised when it died.
struct Outcome {
    /// The state after each group: the first is the empty one.
    history: Vec<Vec<Model>>,
    /// Groups whose append returned.
    acknowledged: usize,
}

/// Runs `steps` steps of a workload on `disk`, from the state `before`, until the disk dies.
fn run(disk: &MemoryDisk, script: &mut Script, before: Vec<Model>, steps: u64) -> Outcome {
    let mut outcome = Outcome { history: vec![before], acknowledged: 0 };
    let Ok(mut machine) = Machine::start(Arc::new(disk.clone()), options()) else {
        assert!(disk.is_off(), "only a dying disk may refuse to open");
        return outcome;
    };
    machine.check(outcome.history.last().unwrap(), "after a start");
    for _ in 0..steps {
        if step(&mut machine, script, &mut outcome).is_err() {
            assert!(disk.is_off(), "only a dying disk may fail");
            break;
        }
    }
    outcome
}

fn step(machine: &mut Machine, script: &mut Script, outcome: &mut Outcome) -> std::io::Result<()> {
    match script.chance.below(9) {
        0 => checkpoint(machine, script, outcome),
        1 => machine.recycle(),
        2 => machine.wal.preparer().prepare(),
        3 => merge(machine, script, outcome),
        _ => append(machine, script, outcome),
    }
}

fn append(
    machine: &mut Machine,
    script: &mut Script,
    outcome: &mut Outcome,
) -> std::io::Result<()> {
    let mut models = outcome.history.last().unwrap().clone();
    let mut batches = Vec::new();
    for _ in 0..=script.chance.below(3) {
        let partition = script.chance.below(u64::from(PARTITIONS)) as u16;
        let model = &mut models[usize::from(partition)];
        let mut commands = Vec::new();
        for _ in 0..=script.chance.below(4) {
            let command = script.command(partition, model);
            model.apply(&command);
            commands.push(command);
        }
        batches.push(machine.batch(partition, &commands));
    }
    outcome.history.push(models);
    machine.wal.append(&batches)?;
    outcome.acknowledged = outcome.history.len() - 1;
    Ok(())
}

/// A checkpoint, with the partition going on between its parts.
fn checkpoint(
    machine: &mut Machine,
    script: &mut Script,
    outcome: &mut Outcome,
) -> std::io::Result<()> {
    let index = script.chance.below(u64::from(PARTITIONS)) as usize;
    let applied = Position(machine.positions[index]);
    let frozen = machine.partitions[index].freeze(applied, Timestamp(machine.now));
    if script.chance.below(2) == 0 {
        append(machine, script, outcome)?;
    }
    let written = machine.checkpointer.write(frozen)?;
    if script.chance.below(2) == 0 {
        append(machine, script, outcome)?;
    }
    machine.check(outcome.history.last().unwrap(), "while a checkpoint is written");
    machine.partitions[index].install(written);
    machine.check(outcome.history.last().unwrap(), "after an install");
    Ok(())
}

/// Steps of merges, also beside a frozen partition whose checkpoint is written afterwards.
fn merge(machine: &mut Machine, script: &mut Script, outcome: &mut Outcome) -> std::io::Result<()> {
    let index = script.chance.below(u64::from(PARTITIONS)) as usize;
    let frozen = (script.chance.below(2) == 0).then(|| {
        let applied = Position(machine.positions[index]);
        machine.partitions[index].freeze(applied, Timestamp(machine.now))
    });
    while machine.merge(script.chance.below(3) == 0)? {
        machine.check(outcome.history.last().unwrap(), "after a step of a merge");
    }
    if let Some(frozen) = frozen {
        let written = machine.checkpointer.write(frozen)?;
        machine.partitions[index].install(written);
    }
    Ok(())
}

/// Opens a disk after a crash; the state must be that after the acknowledged groups, or one more.
fn recover(disk: &MemoryDisk, outcome: &Outcome, context: &str) -> Vec<Model> {
    let report = match verify(disk, Path::new(DATA)) {
        Ok(report) => Some(report),
        // Before the manifest is durable there is nothing to verify, and nothing was promised.
        Err(_) if outcome.acknowledged == 0 && outcome.history.len() == 1 => None,
        Err(error) => panic!("{context}: {error}"),
    };
    let machine = Machine::start(Arc::new(disk.clone()), options())
        .unwrap_or_else(|error| panic!("{context}: {error}"));
    let fits = |models: &&Vec<Model>| {
        models.iter().zip(&machine.positions).all(|(model, position)| model.position == *position)
    };
    let possible = &outcome.history[outcome.acknowledged..];
    let models = possible.iter().find(fits).unwrap_or_else(|| {
        let expected: Vec<_> = possible
            .iter()
            .map(|models| models.iter().map(|model| model.position).collect::<Vec<_>>())
            .collect();
        panic!("{context}: positions {:?} are none of {expected:?}", machine.positions)
    });
    machine.check(models, context);
    if let Some(report) = report {
        let last: Vec<u64> = report.partitions.iter().map(|report| report.last.0).collect();
        assert_eq!(last, machine.positions, "{context}: the offline check sees the same log");
    }
    models.clone()
}

fn empty() -> Vec<Model> {
    vec![Model::default(); usize::from(PARTITIONS)]
}

/// Crashes a workload at each of its operations, recovers, goes on, crashes again.
fn crash_everywhere(seed: u64, steps: u64, tears: u64) {
    let whole = MemoryDisk::new();
    run(&whole, &mut Script::new(seed), empty(), steps);
    assert!(whole.counts().direct_writes > 10, "more than those of the probe");
    for operation in 1..=whole.counts().operations {
        let disk = MemoryDisk::new();
        disk.set_faults(Faults { crash_at_operation: Some(operation), ..Faults::default() });
        let mut script = Script::new(seed);
        let outcome = run(&disk, &mut script, empty(), steps);
        for tear in 0..tears {
            let context = format!("seed {seed}, operation {operation}, tear {tear}");
            let survivor = disk.crash(operation * 1000 + tear);
            let models = recover(&survivor, &outcome, &context);
            // Once more, with leftovers of the first crash lying around.
            let mut script = Script::new(seed ^ operation);
            script.clone_sequences_of(&models);
            let second = 1 + (operation * 7 + tear * 13) % 120 + survivor.counts().operations;
            let direct = DISKS[(operation + tear) as usize % DISKS.len()];
            let crash_at_operation = Some(second);
            survivor.set_faults(Faults { crash_at_operation, direct, ..Faults::default() });
            let outcome = run(&survivor, &mut script, models, steps);
            survivor.power_off();
            let survivor = survivor.crash(tear);
            recover(&survivor, &outcome, &format!("{context}, second crash at {second}"));
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_at_any_crash_point() {
    for (seed, tears) in [(1, 2), (2, 1)] {
        crash_everywhere(seed, 25, tears);
    }
}

/// What a start after a kill has shown to anybody must outlive a power failure right after it.
#[test]
fn what_a_restarted_process_has_shown_is_durable() {
    let whole = MemoryDisk::new();
    run(&whole, &mut Script::new(5), empty(), 30);
    for operation in 1..=whole.counts().operations {
        let disk = MemoryDisk::new();
        disk.set_faults(Faults { crash_at_operation: Some(operation), ..Faults::default() });
        let outcome = run(&disk, &mut Script::new(5), empty(), 30);
        let alive = disk.kill();
        let models = recover(&alive, &outcome, &format!("kill at operation {operation}"));
        // It goes on for a little while, believing what it found.
        let mut script = Script::new(operation);
        script.clone_sequences_of(&models);
        let shown = run(&alive, &mut script, models, 3);
        Machine::start(Arc::new(alive.clone()), options()).unwrap().recycle().unwrap();
        for tear in 0..3 {
            let context = format!("kill at operation {operation}, then tear {tear}");
            recover(&alive.crash(tear), &shown, &context);
        }
    }
}

/// Killed around a checkpoint, started again, then a power failure: neither the sweep nor the
/// recycling of the log may outrun the manifest that is in force on the platter.
#[test]
fn no_start_outruns_the_manifest_it_found() {
    let checkpoints = |disk: &MemoryDisk, from: &dyn Fn()| -> std::io::Result<()> {
        let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
        for round in 1..=2 {
            // Each fills most of a segment, so that there is one to recycle.
            for sequence in [round * 2, round * 2 + 1] {
                let body = Command::PutBody(BodyRef { queue: 1, sequence }, vec![7; 9]);
                let batch = machine.batch(0, &[Command::Put(1, 1, vec![7; 9999]), body]);
                machine.wal.append(&[batch])?;
            }
            if round == 1 {
                from();
            }
            let frozen = machine.partitions[0].freeze(Position(round * 4), Timestamp(1));
            let written = machine.checkpointer.write(frozen)?;
            machine.partitions[0].install(written);
        }
        Ok(())
    };
    let mut operations = 0..0;
    loop {
        let disk = MemoryDisk::new();
        let crash = (!operations.is_empty()).then_some(operations.start);
        disk.set_faults(Faults { crash_at_operation: crash, ..Faults::default() });
        let start = std::cell::Cell::new(0);
        let finished = checkpoints(&disk, &|| start.set(disk.counts().operations + 1));
        if crash.is_none() {
            finished.unwrap();
            operations = start.get()..disk.counts().operations + 1;
            continue;
        }
        let alive = disk.kill();
        Machine::start(Arc::new(alive.clone()), options()).unwrap().recycle().unwrap();
        for tear in 0..40 {
            let machine = Machine::start(Arc::new(alive.crash(tear)), options())
                .unwrap_or_else(|error| panic!("operation {crash:?}, tear {tear}: {error}"));
            let bodies = machine.partitions[0].bodies.len();
            assert!(bodies >= 2, "operation {crash:?}, tear {tear}");
            assert_eq!(machine.positions[0], bodies * 2, "operation {crash:?}, tear {tear}");
        }
        operations.start += 1;
        if operations.is_empty() {
            break;
        }
    }
}

/// Two attempts at the same group, of the same size: their blocks must never make one together.
#[test]
fn leftovers_of_a_torn_group_never_complete_another() {
    let group = |machine: &mut Machine, byte| {
        let batch = machine.batch(0, &[Command::Put(1, 1, vec![byte; 9000])]);
        machine.wal.append(&[batch])
    };
    let die_in_next_write = |disk: &MemoryDisk| {
        let crash_at_operation = Some(disk.counts().operations + 1);
        disk.set_faults(Faults { crash_at_operation, ..Faults::default() });
    };
    for seed in 0..400 {
        let disk = MemoryDisk::new();
        let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
        machine.wal.preparer().prepare().unwrap();
        die_in_next_write(&disk);
        group(&mut machine, 1).unwrap_err();
        let mut disk = disk.crash(seed);
        for byte in 2..4 {
            let mut machine = Machine::start(Arc::new(disk.clone()), options())
                .unwrap_or_else(|error| panic!("seed {seed}, attempt {byte}: {error}"));
            die_in_next_write(&disk);
            group(&mut machine, byte).unwrap_err();
            disk = disk.crash(seed.wrapping_mul(31) + u64::from(byte));
        }
        Machine::start(Arc::new(disk), options())
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

/// A blob whose publishing returned is there whatever happens; one that is listed is whole.
#[test]
fn a_published_blob_survives_every_crash() {
    let publish = |disk: &MemoryDisk| -> std::io::Result<Vec<BlobId>> {
        let mut published = Vec::new();
        let Ok(blobs) = Blobs::open(Arc::new(disk.clone()), Path::new(DATA), [1; 32]) else {
            return Ok(published);
        };
        for byte in 0..3 {
            let mut writer = blobs.create()?;
            writer.append(&[byte; 3000])?;
            match writer.publish_content() {
                Ok(id) => published.push(id),
                Err(_) => break,
            }
        }
        Ok(published)
    };
    let check = |disk: &MemoryDisk, published: &[BlobId], context: &str| {
        let blobs = Blobs::open(Arc::new(disk.clone()), Path::new(DATA), [2; 32]).unwrap();
        let listed = blobs.list().unwrap();
        assert!(published.iter().all(|id| listed.contains(id)), "{context}: {listed:?}");
        for id in listed {
            let mut bytes = vec![9; 3000];
            blobs.open_blob(id).unwrap().read_exact_at(&mut bytes, 0).unwrap();
            assert_eq!(blake3::hash(&bytes).as_bytes(), &id.content, "{context}");
        }
    };
    let fresh = || {
        let disk = MemoryDisk::new();
        Machine::start(Arc::new(disk.clone()), options()).unwrap();
        disk
    };
    let disk = fresh();
    let from = disk.counts().operations + 1;
    publish(&disk).unwrap();
    for operation in from..=disk.counts().operations {
        let disk = fresh();
        disk.set_faults(Faults { crash_at_operation: Some(operation), ..Faults::default() });
        let published = publish(&disk).unwrap_or_default();
        let alive = disk.kill();
        let again = publish(&alive).unwrap();
        assert_eq!(again.len(), 3);
        for tear in 0..10 {
            let context = format!("operation {operation}, tear {tear}");
            check(&disk.crash(tear), &published, &context);
            check(&alive.crash(tear), &again, &format!("{context}, after a kill"));
        }
    }
}

#[test]
fn a_full_disk_fails_a_checkpoint_that_works_once_there_is_room() {
    let disk = MemoryDisk::new();
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    let mut model = Model::default();
    for sequence in 0..20 {
        let body = Command::PutBody(BodyRef { queue: 1, sequence }, vec![7; 500]);
        model.apply(&body);
        let batch = machine.batch(0, &[body]);
        machine.wal.append(&[batch]).unwrap();
    }
    // A prepared log goes on when the disk is full.
    machine.wal.preparer().prepare().unwrap();
    let frozen = machine.partitions[0].freeze(Position(20), Timestamp(1));
    let space_bytes = Some(disk.counts().grown_bytes + 4000);
    disk.set_faults(Faults { space_bytes, ..Faults::default() });
    let error = machine.checkpointer.write(frozen).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let delete = Command::DeleteBody(BodyRef { queue: 1, sequence: 3 });
    model.apply(&delete);
    let batch = machine.batch(0, &[delete]);
    machine.wal.append(&[batch]).unwrap();

    disk.set_faults(Faults::default());
    let again = machine.partitions[0].frozen().unwrap();
    let written = machine.checkpointer.write(again).unwrap();
    machine.partitions[0].install(written);
    support::check_store(&machine.partitions[0], &model, "after the second attempt");
    let machine = Machine::start(Arc::new(disk.crash(1)), options()).unwrap();
    support::check_store(&machine.partitions[0], &model, "after a crash");
}

#[test]
fn a_spare_segment_that_does_not_fit_gives_back_what_it_took() {
    let disk = MemoryDisk::new();
    let machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    let before = disk.files();
    let space_bytes = Some(disk.counts().grown_bytes + 5000);
    disk.set_faults(Faults { space_bytes, ..Faults::default() });
    let preparer = machine.wal.preparer();
    preparer.prepare().unwrap();
    assert!(preparer.is_needed() && disk.files() == before);
    disk.set_faults(Faults::default());
    preparer.prepare().unwrap();
    assert!(!preparer.is_needed());
}

#[test]
fn a_long_run_with_many_checkpoints_keeps_few_files_and_survives() {
    for seed in 10..14 {
        let disk = MemoryDisk::new();
        let mut script = Script::new(seed);
        let outcome = run(&disk, &mut script, empty(), 600);
        let models = recover(&disk.crash(seed), &outcome, "the end of a long run");
        assert_eq!(&models, outcome.history.last().unwrap());
        let files = support::checkpoint_files(&disk);
        assert!(files.len() < 90, "{} files: {files:?}", files.len());
        let segments = disk.files().iter().filter(|(path, _)| path.ends_with(".seg")).count();
        assert!(segments < 40, "{segments} log segments");
    }
}

/// A log that writes directly, and one that does not.
fn two_logs() -> [(MemoryDisk, Machine); 2] {
    [DirectWrites::Fast, DirectWrites::RefusedAtOpen].map(|direct| {
        let disk = MemoryDisk::new();
        disk.set_faults(Faults { direct, ..Faults::default() });
        let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
        machine.wal.preparer().prepare().unwrap();
        put(&mut machine).unwrap();
        let is_direct = machine.wal.write_mode() == WriteMode::Direct;
        assert_eq!(is_direct, direct == DirectWrites::Fast);
        (disk, machine)
    })
}

fn put(machine: &mut Machine) -> std::io::Result<()> {
    let batch = machine.batch(0, &[Command::Put(1, 1, vec![1; 5000])]);
    machine.wal.append(&[batch])
}

#[test]
fn a_disk_that_turns_direct_writes_down_gets_the_same_group_the_other_way_and_is_not_asked_again() {
    for (refusal, groups) in [(DirectWrites::RefusedAtWrite, 1), (DirectWrites::RefusedAtOpen, 2)] {
        let [(disk, mut machine), _] = two_logs();
        disk.set_faults(Faults { direct: refusal, ..Faults::default() });
        // An open file goes on; the refusal at open shows with the next segment.
        for _ in 0..groups {
            assert_eq!(machine.wal.write_mode(), WriteMode::Direct, "{refusal:?}");
            put(&mut machine).unwrap();
        }
        assert_eq!(machine.wal.write_mode(), WriteMode::Buffered, "{refusal:?}");
        for seed in 0..20 {
            let machine = Machine::start(Arc::new(disk.crash(seed)), options()).unwrap();
            assert_eq!(machine.positions[0], groups + 1, "{refusal:?}, seed {seed}");
        }
        let remembered = |disk: &MemoryDisk| LogProbe::of(disk, Path::new(DATA)).unwrap().mode;
        assert_eq!(remembered(&disk), WriteMode::Direct);
        assert!(machine.wal.preparer().is_needed());
        machine.wal.preparer().prepare().unwrap();
        assert_eq!(remembered(&disk), WriteMode::Buffered);

        disk.set_faults(Faults::default());
        let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
        machine.wal.preparer().prepare().unwrap();
        put(&mut machine).unwrap();
        assert_eq!(machine.wal.write_mode(), WriteMode::Buffered, "{refusal:?}");
    }
}

#[test]
fn what_is_remembered_counts_at_the_next_start_and_without_it_the_disk_is_tried_again() {
    let [(disk, machine), _] = two_logs();
    drop(machine);
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    assert!(!machine.wal.preparer().is_needed());
    put(&mut machine).unwrap();
    assert_eq!(machine.wal.write_mode(), WriteMode::Direct);

    disk.flip_bit(Path::new("/data/wal/PROBE"), 3, 0).unwrap();
    disk.set_faults(Faults { direct: DirectWrites::Slow, ..Faults::default() });
    let mut machine = Machine::start(Arc::new(disk.clone()), options()).unwrap();
    assert!(machine.wal.preparer().is_needed());
    put(&mut machine).unwrap();
    machine.wal.preparer().prepare().unwrap();
    put(&mut machine).unwrap();
    assert_eq!(machine.wal.write_mode(), WriteMode::Buffered);
    assert_eq!(LogProbe::of(&disk, Path::new(DATA)).unwrap().mode, WriteMode::Buffered);
}

#[test]
fn a_failed_sync_is_an_error_and_a_skipped_one_is_found() {
    for (disk, mut machine) in two_logs() {
        let next = disk.counts().syncs + 1;
        disk.set_faults(Faults { fail_sync: Some(next), ..Faults::default() });
        put(&mut machine).unwrap_err();
        let machine = Machine::start(Arc::new(disk.crash(3)), options()).unwrap();
        assert_eq!(machine.positions[0], 1);
    }
    for (disk, mut machine) in two_logs() {
        disk.set_faults(Faults { skip_syncs: true, ..Faults::default() });
        put(&mut machine).unwrap();
        let is_lost = |seed| {
            let machine = Machine::start(Arc::new(disk.crash(seed)), options());
            machine.map_or(true, |machine| machine.positions[0] == 1)
        };
        assert!((0..20).any(is_lost), "the planted bug shows");
    }
}

#[test]
fn a_log_short_of_room_gives_its_spares_back_and_goes_on() {
    let segments = |disk: &MemoryDisk| disk.list(Path::new("/data/wal")).unwrap().len();
    let whole = MemoryDisk::new();
    let mut machine = Machine::start(Arc::new(whole.clone()), options()).unwrap();
    for round in 0..20 {
        let batch = machine.batch(0, &[Command::Put(1, 1, vec![round; 3000])]);
        machine.wal.append(&[batch]).unwrap();
    }
    let frozen = machine.partitions[0].freeze(Position(20), Timestamp(1));
    let written = machine.checkpointer.write(frozen).unwrap();
    machine.partitions[0].install(written);
    machine.recycle().unwrap();
    let (before, counted) = (segments(&whole), whole.counts().operations);
    machine.wal.set_lean(true).unwrap();
    let after = segments(&whole);
    assert!(before > after + 2, "{before} segments, then {after}");
    // Nothing is made ready in a hurry, and the log goes on all the same.
    machine.wal.preparer().prepare().unwrap();
    for round in 0..20 {
        let batch = machine.batch(0, &[Command::Put(1, 1, vec![round; 3000])]);
        machine.wal.append(&[batch]).unwrap();
    }
    assert!(whole.counts().operations > counted + 2 * u64::try_from(before - after).unwrap());
    for seed in 0..40 {
        let machine = Machine::start(Arc::new(whole.crash(seed)), options()).unwrap();
        assert_eq!(machine.positions[0], 40);
    }
    machine.wal.set_lean(false).unwrap();
    machine.wal.preparer().prepare().unwrap();
    let batch = machine.batch(0, &[Command::Put(1, 1, vec![1; 3000])]);
    machine.wal.append(&[batch]).unwrap();
}
