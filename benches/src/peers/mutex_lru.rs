//! schnellru, which is for one thread, behind one lock.

use parking_lot::Mutex;
use schnellru::{ByLength, LruMap};

use super::Peer;

type Locked = Mutex<LruMap<u64, u64, ByLength>>;

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    let capacity = u32::try_from(capacity).expect("fewer entries than 2^32");
    Box::new(Locked::new(LruMap::new(ByLength::new(capacity))))
}

impl Peer for Locked {
    #[inline]
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().get(&key).copied()
    }

    #[inline]
    fn set(&self, key: u64) {
        self.lock().insert(key, key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        let mut is_hit = true;
        self.lock().get_or_insert(key, || {
            is_hit = false;
            key
        });
        is_hit
    }

    fn len(&self) -> Option<usize> {
        Some(self.lock().len())
    }
}
