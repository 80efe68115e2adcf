//! Caches of texts.

use std::hint::black_box;
use std::sync::Arc;

/// A cache of `String` → `Arc<str>` that is looked up by `&str`, and where every value is its key.
pub trait Texts: Send + Sync {
    fn get(&self, key: &str) -> Option<Arc<str>>;

    fn set(&self, key: &str);

    /// Does what the peer has put off.
    fn settle(&self) {}

    /// Gets all `keys`; answers how many were there.
    fn get_all(&self, keys: &[&str]) -> usize {
        let found = |&&key: &&&str| black_box(self.get(black_box(key))).is_some();
        keys.iter().filter(found).count()
    }
}
