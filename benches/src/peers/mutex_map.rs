//! A map behind one lock: no bound, no policy.

use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::Mutex;

use super::{Peer, Texts};

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Mutex::new(HashMap::<u64, u64>::with_capacity(capacity)))
}

pub fn texts(capacity: usize) -> Box<dyn Texts> {
    let map = HashMap::<String, Arc<str>>::with_capacity(capacity);
    Box::new(Mutex::new(map))
}

impl Peer for Mutex<HashMap<u64, u64>> {
    #[inline(always)]
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

impl Texts for Mutex<HashMap<String, Arc<str>>> {
    #[inline(always)]
    fn get(&self, key: &str) -> Option<Arc<str>> {
        self.lock().get(key).cloned()
    }

    fn set(&self, key: &str) {
        self.lock().insert(key.to_owned(), key.into());
    }
}
