//! Caches of texts.

use std::hint::black_box;
use std::sync::Arc;

/// A cache of `String` → `Arc<str>` that is looked up by `&str`, and where every value is its key.
pub trait Texts: Send + Sync {
    fn get(&self, key: &str) -> Option<Arc<str>>;

    fn set(&self, key: &str);

    /// Does what the peer has put off.
    fn settle(&self) {}

    /// Gets all `keys`, and does nothing else.
    fn get_all(&self, keys: &[&str]) {
        for &key in keys {
            black_box(self.get(key));
        }
    }

    /// How many of `keys` are there.
    fn count(&self, keys: &[&str]) -> usize {
        keys.iter().filter(|&&key| self.get(key).is_some()).count()
    }
}
