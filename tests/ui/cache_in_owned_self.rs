use std::sync::Arc;

use cacheout::{Cache, memoize};

struct Users {
    cache: Cache<u64, u64>,
}

impl Users {
    #[memoize(cache = self.cache)]
    fn of_arc(self: Arc<Self>, id: u64) -> u64 {
        id
    }

    #[memoize(cache = self.cache)]
    fn of_mut(self: &mut Self, id: u64) -> u64 {
        id
    }
}

fn main() {}
