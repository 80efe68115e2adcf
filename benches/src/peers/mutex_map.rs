//! A map behind one lock: no bound, no policy.

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::Peer;

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Mutex::new(HashMap::<u64, u64>::with_capacity(capacity)))
}

impl Peer for Mutex<HashMap<u64, u64>> {
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().get(&key).copied()
    }

    #[inline]
    fn set(&self, key: u64) {
        self.lock().insert(key, key);
    }

    fn len(&self) -> Option<usize> {
        Some(self.lock().len())
    }
}
