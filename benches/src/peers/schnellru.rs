//! schnellru, which is for one thread, behind one lock.

use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use schnellru::{ByLength, LruMap};

use super::{Peer, Texts};

type Locked<K, V> = Mutex<LruMap<K, V, ByLength>>;

fn build<K: Hash + PartialEq, V>(capacity: usize) -> Locked<K, V> {
    let capacity = u32::try_from(capacity).expect("fewer entries than 2^32");
    Locked::new(LruMap::new(ByLength::new(capacity)))
}

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(build::<u64, u64>(capacity))
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    Box::new(build::<String, Arc<str>>(capacity))
}

impl Peer for Locked<u64, u64> {
    #[inline(always)]
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

impl Texts for Locked<String, Arc<str>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        self.lock().get(key).cloned()
    }

    fn set(&self, key: &str) {
        self.lock().insert(key.to_owned(), key.into());
    }
}
