//! lru, which is for one thread, behind one lock.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

use super::{Peer, Texts};

type Locked<K, V> = Mutex<LruCache<K, V>>;

fn nonzero(capacity: usize) -> NonZeroUsize {
    NonZeroUsize::new(capacity).expect("room for an entry")
}

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Locked::<u64, u64>::new(LruCache::new(nonzero(capacity))))
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    let cache = LruCache::new(nonzero(capacity));
    Box::new(Locked::<String, Arc<str>>::new(cache))
}

impl Peer for Locked<u64, u64> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().get(&key).copied()
    }

    #[inline]
    fn set(&self, key: u64) {
        self.lock().put(key, key);
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
        self.lock().put(key.to_owned(), key.into());
    }
}
