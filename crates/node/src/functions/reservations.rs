//! How an account's concurrency is divided: what is reserved is taken from what the rest share.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tidemill_kernel::AccountId;
use tidemill_services::lambda::{
    self, ACCOUNT_CONCURRENCY, Deployed, FunctionId, UNRESERVED_CONCURRENCY_MIN,
};

/// The reservations of all functions; the rows are the truth, this is their sum at hand.
pub(super) struct Reservations(Mutex<BTreeMap<FunctionId, u32>>);

impl Reservations {
    pub(super) fn new(deployed: &[Deployed]) -> Reservations {
        let reserved = deployed.iter().filter_map(|function| {
            Some((function.function.clone(), function.reserved_concurrency?))
        });
        Reservations(Mutex::new(reserved.collect()))
    }

    /// Refuses a reservation that leaves the other functions too little.
    pub(super) fn check(
        &self,
        function: &FunctionId,
        reserved: Option<u32>,
    ) -> Result<(), lambda::Error> {
        let others: u32 = self
            .lock()
            .iter()
            .filter(|(other, _)| other.account == function.account && *other != function)
            .map(|(_, reserved)| reserved)
            .sum();
        let reserved = others.saturating_add(reserved.unwrap_or(0));
        if reserved > ACCOUNT_CONCURRENCY - UNRESERVED_CONCURRENCY_MIN {
            let unreserved_min = UNRESERVED_CONCURRENCY_MIN;
            return Err(lambda::Error::ReservedTooMuch { unreserved_min });
        }
        Ok(())
    }

    pub(super) fn set(&self, function: &FunctionId, reserved: Option<u32>) {
        match reserved {
            Some(reserved) => self.lock().insert(function.clone(), reserved),
            None => self.lock().remove(function),
        };
    }

    /// What functions without a reservation share.
    pub(super) fn unreserved(&self, account: AccountId) -> usize {
        let reserved: u32 = self
            .lock()
            .iter()
            .filter(|(function, _)| function.account == account)
            .map(|(_, reserved)| reserved)
            .sum();
        ACCOUNT_CONCURRENCY.saturating_sub(reserved) as usize
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<FunctionId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidemill_kernel::Region;

    fn function(account: &str, name: &str) -> FunctionId {
        FunctionId {
            account: AccountId::parse(account).unwrap(),
            region: Region::parse("us-east-1").unwrap(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn an_account_keeps_a_hundred_for_functions_without_a_reservation() {
        let reservations = Reservations::new(&[]);
        let (a, b) = (function("000000000000", "a"), function("000000000000", "b"));
        reservations.set(&a, Some(800));
        assert!(reservations.check(&b, Some(100)).is_ok());
        assert!(reservations.check(&b, Some(101)).is_err());
        assert!(reservations.check(&a, Some(900)).is_ok(), "its own old share is no obstacle");
        assert!(reservations.check(&function("000000000001", "c"), Some(900)).is_ok());
        assert_eq!(reservations.unreserved(a.account), 200);
        reservations.set(&a, None);
        assert_eq!(reservations.unreserved(a.account), 1000);
    }
}
