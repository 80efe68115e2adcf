//! `TinyUFO`: S3-FIFO with `TinyLFU` admission, without locks. It keeps hashes, not keys: equal hashes are one entry.

use tinyufo::TinyUfo;

use super::Peer;

pub fn plain(capacity: usize) -> Box<dyn Peer> {
    Box::new(TinyUfo::<u64, u64>::new(capacity, capacity))
}

impl Peer for TinyUfo<u64, u64> {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        TinyUfo::get(self, &key)
    }

    #[inline]
    fn set(&self, key: u64) {
        self.put(key, key, 1);
    }

    fn len(&self) -> Option<usize> {
        None
    }
}
