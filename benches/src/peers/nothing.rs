//! No cache at all: what measuring takes.

use super::Peer;

struct Nothing;

pub fn build(_: usize) -> Box<dyn Peer> {
    Box::new(Nothing)
}

impl Peer for Nothing {
    #[inline(always)]
    fn get(&self, key: u64) -> Option<u64> {
        Some(key)
    }

    #[inline]
    fn set(&self, _: u64) {}

    fn len(&self) -> Option<usize> {
        None
    }
}
