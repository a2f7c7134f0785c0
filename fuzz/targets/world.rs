//! One partition of real services with nothing around it, for targets that go down to the core.

use tidemill_kernel::{
    Arn, At, Fact, Facts, Look, MemoryBodies, MemoryRows, Outcome, PartitionId, Position, Secret,
    Timestamp, Turn,
};
use tidemill_services::{Command, Error, Query, Reply, State};

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// What it is made of, between two requests.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    rows: MemoryRows,
    bodies: MemoryBodies,
    position: u64,
}

pub(crate) struct World {
    partition: PartitionId,
    state: State,
    kept: Kept,
}

impl World {
    pub(crate) fn load(partition: PartitionId, kept: Kept) -> World {
        World { partition, state: State::load(partition, &kept.rows), kept }
    }

    pub(crate) fn keep(mut self) -> Kept {
        self.state.freeze(&mut self.kept.rows);
        self.kept
    }

    fn at(&self) -> At {
        At {
            now: NOW,
            partition: self.partition,
            position: Position(self.kept.position + 1),
            secret: Secret([7; 32]),
        }
    }

    /// What is asked about others is answered from here: there are no others.
    fn look_up(&self, foreign: Vec<Arn>) -> Facts {
        let fact = |about: Arn| match self.read(Query::Fact(about.clone())) {
            Ok(Reply::Fact(fact)) => fact,
            Ok(_) | Err(_) => Fact { about, exists: false, detail: None },
        };
        Facts(foreign.into_iter().map(fact).collect())
    }

    /// `None` when the answer would come later.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Option<Reply>, Error> {
        let (at, facts) = (self.at(), self.look_up(command.foreign()));
        let Kept { rows, bodies, position } = &mut self.kept;
        let mut turn = Turn::new(at, &facts, rows, bodies);
        let (result, _effects) = self.state.apply(&mut turn, command);
        *position += u64::from(turn.has_changed());
        result.map(|outcome| match outcome {
            Outcome::Done(reply) => Some(reply),
            Outcome::Wait(_) => None,
        })
    }

    pub(crate) fn read(&self, query: Query) -> Result<Reply, Error> {
        let Kept { rows, bodies, .. } = &self.kept;
        self.state.read(&Look { now: NOW, at: self.at(), rows, bodies }, query)
    }
}
