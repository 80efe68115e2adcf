//! A hasher that knows few hashes, so that keys meet in the index.

use std::hash::{BuildHasher, Hasher};

#[derive(Clone)]
pub struct Crowd {
    hashes: u8,
    hash: u64,
}

impl Crowd {
    /// So many hashes; one at least.
    pub fn of(hashes: u8) -> Self {
        let hashes = hashes.max(1);
        Crowd { hashes, hash: 0 }
    }
}

impl BuildHasher for Crowd {
    type Hasher = Crowd;

    fn build_hasher(&self) -> Crowd {
        self.clone()
    }
}

impl Hasher for Crowd {
    fn write(&mut self, bytes: &[u8]) {
        self.hash = u64::from(bytes[0] % self.hashes);
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
