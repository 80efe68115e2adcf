//! A map and a queue behind one lock: the least that keeps a bound.

use hashbrown::HashMap;
use parking_lot::Mutex;
use std::collections::VecDeque;

use super::Peer;

struct Fifo {
    map: HashMap<u64, u64>,
    queue: VecDeque<u64>,
    capacity: usize,
}

impl Fifo {
    #[inline]
    fn set(&mut self, key: u64) {
        if self.map.insert(key, key).is_some() {
            return;
        }
        if self.map.len() > self.capacity
            && let Some(oldest) = self.queue.pop_front()
        {
            self.map.remove(&oldest);
        }
        self.queue.push_back(key);
    }
}

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(Mutex::new(Fifo {
        map: HashMap::with_capacity(capacity + 1),
        queue: VecDeque::with_capacity(capacity + 1),
        capacity,
    }))
}

impl Peer for Mutex<Fifo> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        self.lock().map.get(&key).copied()
    }

    #[inline]
    fn set(&self, key: u64) {
        self.lock().set(key);
    }

    #[inline]
    fn get_or_set(&self, key: u64) -> bool {
        let mut fifo = self.lock();
        let is_hit = fifo.map.contains_key(&key);
        if !is_hit {
            fifo.set(key);
        }
        is_hit
    }

    fn len(&self) -> Option<usize> {
        Some(self.lock().map.len())
    }
}
