//! Caches whose entries expire one by one, or many together.

use std::time::Instant;

use super::Peer;

/// What is set by [`Peer::set`] does not expire during a run.
pub trait Expiring: Peer {
    /// Sets an entry that expires at `expiry`.
    fn set_until(&self, key: u64, expiry: Instant);
}
