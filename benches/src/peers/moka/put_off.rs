//! moka as it comes: until it gets round to what it has put off, it holds more than it was built for.

use moka::sync::Cache;

use crate::peers::Peer;

struct PutOff(Cache<u64, u64>);

pub fn build(capacity: usize) -> Box<dyn Peer> {
    Box::new(PutOff(Cache::new(capacity as u64)))
}

impl Peer for PutOff {
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        Peer::get(&self.0, key)
    }

    #[inline]
    fn set(&self, key: u64) {
        self.0.set(key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        self.0.get_or_set(key)
    }

    /// How many there were while it had not settled, it does not say.
    fn len(&self) -> Option<usize> {
        None
    }
}
