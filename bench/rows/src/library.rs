//! fjall: one database, one keyspace, its defaults but without compression (the values are random
//! bytes).

use crate::{Engine, Result};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::path::Path;
use std::time::Duration;

pub struct Library {
    database: Database,
    keyspace: Keyspace,
    batch: Option<fjall::OwnedWriteBatch>,
}

impl Library {
    fn batch(&mut self) -> &mut fjall::OwnedWriteBatch {
        let database = &self.database;
        self.batch.get_or_insert_with(|| database.batch())
    }
}

impl Engine for Library {
    fn open(folder: &Path) -> Result<Library> {
        let database = Database::builder(folder.join("fjall")).open()?;
        let keyspace = database.keyspace("rows", KeyspaceCreateOptions::default)?;
        Ok(Library { database, keyspace, batch: None })
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        let keyspace = self.keyspace.clone();
        self.batch().insert(&keyspace, key, value);
    }

    fn delete(&mut self, key: &[u8]) {
        let keyspace = self.keyspace.clone();
        self.batch().remove(&keyspace, key);
    }

    fn commit(&mut self) -> Result<()> {
        match self.batch.take() {
            Some(batch) => Ok(batch.commit()?),
            None => Ok(()),
        }
    }

    fn persist(&mut self) -> Result<()> {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }

    fn settle(&mut self) -> Result<()> {
        self.persist()?;
        while self.database.outstanding_flushes() > 0 || self.database.active_compactions() > 0 {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn contains(&mut self, key: &[u8]) -> Result<bool> {
        Ok(self.keyspace.get(key)?.is_some())
    }

    fn count(&mut self) -> Result<u64> {
        let mut count = 0;
        for row in self.keyspace.iter() {
            let (_, value) = row.into_inner()?;
            assert_eq!(value.len(), 160, "a value");
            count += 1;
        }
        Ok(count)
    }

    fn notes(&self) -> String {
        format!(
            "{} tables, {} in level 0, {} journals",
            self.keyspace.table_count(),
            self.keyspace.l0_table_count(),
            self.database.journal_count()
        )
    }
}
