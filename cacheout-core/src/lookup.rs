//! Looking a key up in its borrowed form.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};

/// What a cache with keys of type `K` can be asked by: a form that hashes like a `K`, compares with one, and becomes
/// one when something has to be stored.
///
/// It is implemented for `K` itself, for the borrowed forms that can become one (`str` for `String`, `[T]` for `Vec<T>`,
/// `Path` for `PathBuf`) and for shared keys by what they point to (`str` for `Arc<str>`). So a hit allocates nothing for
/// its key. Keys of type `&'static str` are asked for by themselves: `cache.get(&"a")`.
///
/// ```
/// use std::sync::Arc;
/// use cacheout::Cache;
///
/// let cache: Cache<Arc<str>, u8> = Cache::new(8);
/// cache.set("a".into(), 1);
/// assert_eq!(cache.get("a"), Some(1));
/// assert_eq!(cache.get_or_set_with("b", || 2), 2); // "b" becomes an `Arc<str>` here, and only here
/// ```
///
/// Implement it for a type of your own when a key is expensive to build but cheap to compare with:
///
/// ```
/// use std::hash::{Hash, Hasher};
/// use cacheout::{Cache, Lookup};
///
/// struct Pair<'a>(&'a str, u32);
///
/// impl Lookup<(String, u32)> for Pair<'_> {
///     fn hash_key<H: Hasher>(&self, state: &mut H) {
///         (self.0, self.1).hash(state); // as (String, u32) hashes
///     }
///     fn equals(&self, key: &(String, u32)) -> bool {
///         self.0 == key.0 && self.1 == key.1
///     }
///     fn to_key(&self) -> (String, u32) {
///         (self.0.to_owned(), self.1)
///     }
/// }
///
/// let cache: Cache<(String, u32), u8> = Cache::new(8);
/// cache.set(("a".to_owned(), 1), 7);
/// assert_eq!(cache.get(&Pair("a", 1)), Some(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "a cache with keys of type `{K}` cannot be asked by `{Self}`",
    note = "pass a reference to the key, or to a form that the key borrows as: `str` for `String`, `[T]` for `Vec<T>`"
)]
pub trait Lookup<K> {
    /// Feeds `state` exactly as [`Hash`] of the equal key does.
    fn hash_key<H: Hasher>(&self, state: &mut H);

    /// Whether this is the form of `key`.
    fn equals(&self, key: &K) -> bool;

    /// Makes the key; called when something is stored, or told to a callback, never on a hit without callbacks.
    fn to_key(&self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K, Q> Lookup<K> for Q
where
    Q: ?Sized + Hash + Eq + ToOwned,
    K: Borrow<Q> + From<Q::Owned>,
{
    #[inline]
    fn hash_key<H: Hasher>(&self, state: &mut H) {
        self.hash(state);
    }

    #[inline]
    fn equals(&self, key: &K) -> bool {
        self == key.borrow()
    }

    #[inline]
    fn to_key(&self) -> K {
        K::from(self.to_owned())
    }
}
