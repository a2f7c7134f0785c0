//! The crowd: whole chunks that noisy tenants share, and nobody else.
//!
//! Of these nobody needs to know what is whose until the turn of one of them comes, and then of the
//! first such chunk only.
//!
//! # Invariants
//!
//! - Every entry that such a chunk can have is visible, was never received, and of one priority.
//!   So each of its tenants has something waiting in it.

use super::super::fair::Tenant;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// By first sequence: the priority, and whose messages are in it.
    chunks: BTreeMap<u64, (u8, Vec<Tenant>)>,
    by_tenant: BTreeSet<(Tenant, Reverse<u8>, u64)>,
}

impl Crowd {
    pub(super) fn insert(&mut self, first: u64, priority: u8, tenants: Vec<Tenant>) {
        let keys = tenants.iter().map(|tenant| (*tenant, Reverse(priority), first));
        self.by_tenant.extend(keys);
        self.chunks.insert(first, (priority, tenants));
    }

    /// Takes a chunk out; answers with its priority.
    pub(super) fn remove(&mut self, first: u64) -> Option<u8> {
        let (priority, tenants) = self.chunks.remove(&first)?;
        for tenant in tenants {
            self.by_tenant.remove(&(tenant, Reverse(priority), first));
        }
        Some(priority)
    }

    /// The chunk with a tenant's next message, and its priority.
    pub(super) fn first_of(&self, tenant: Tenant) -> Option<(u8, u64)> {
        let mut from = self.by_tenant.range((tenant, Reverse(u8::MAX), 0)..);
        let next = from.next().filter(|(of, _, _)| *of == tenant);
        next.map(|(_, Reverse(priority), first)| (*priority, *first))
    }
}
