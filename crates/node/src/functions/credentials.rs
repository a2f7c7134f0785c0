//! Whose keys handlers sign with. The key directory is the edge's; this is all we ask of it.

use tidemill_kernel::AccountId;
use tidemill_runner::Credentials;

/// Gives handlers the credentials of their role.
pub trait CredentialSource: Send + Sync {
    /// `None` when there are none: the handler then finds no keys in its environment.
    fn credentials(&self, account: AccountId, role: &str) -> Option<Credentials>;
}

impl<F> CredentialSource for F
where
    F: Fn(AccountId, &str) -> Option<Credentials> + Send + Sync,
{
    fn credentials(&self, account: AccountId, role: &str) -> Option<Credentials> {
        self(account, role)
    }
}
