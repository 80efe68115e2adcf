//! Selecting keys for bulk operations: by a list, a glob, a regex, or a function.

use std::borrow::{Borrow, Cow};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::glob::Glob;
use crate::memo::MemoKey;

/// What [`get_many`](crate::Cache::get_many) and [`delete_many`](crate::Cache::delete_many) take to select keys.
///
/// | filter | selects |
/// |---|---|
/// | an array, slice or `Vec` of numbers, `String`s and tuples of them, or of references to keys and their borrowed forms | these keys; O(1) each |
/// | `&str`, `&String` | keys whose text matches this glob, read as Python's `fnmatch` reads it: `*`, `?`, `[a-z]`, `[!a-z]` |
/// | `&Regex` (feature `regex`) | keys whose text matches from its beginning, as with Python's `re.match` |
/// | `Fn(&K) -> bool` | keys for which it answers true |
///
/// All but the first look at every key. Functions run outside all locks, on a copy of the keys.
///
/// ```
/// use cacheout::Cache;
///
/// let cache: Cache<String, i32> = Cache::new(8);
/// cache.set_many([("a_1", 1), ("a_2", 2), ("b", 3)].map(|(k, v)| (k.to_owned(), v)));
/// assert_eq!(cache.get_many(["b", "missing"]), [("b".to_owned(), 3)]);
/// assert_eq!(cache.get_many("a_*").len(), 2);
/// assert_eq!(cache.delete_many(|key: &String| key.ends_with('2')), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not select among keys of type `{K}`",
    note = "pass references to keys (`[\"a\", \"b\"]`, `[&url]`), a glob (`\"a*\"`), a `&Regex`, or a function `|key: &{K}| -> bool`; globs and regexes select among text keys only (`TextKey`)"
)]
pub trait Filter<K> {
    #[doc(hidden)]
    fn visit(self, target: &mut dyn Target<K>);
}

/// What is done with the selected keys.
#[doc(hidden)]
pub trait Target<K> {
    /// One key was named.
    fn key(&mut self, key: &dyn KeyRef<K>);

    /// All keys for which `test` answers true are meant.
    fn test(&mut self, test: &mut dyn FnMut(&K) -> bool);
}

/// A key, or a reference to its borrowed form, in a list of keys.
pub trait KeyRef<K> {
    /// Feeds `state` as the key does.
    fn hash_ref(&self, state: &mut dyn Hasher);

    /// Whether this means `key`.
    fn is(&self, key: &K) -> bool;
}

impl<K, Q> KeyRef<K> for &Q
where
    K: Borrow<Q>,
    Q: ?Sized + Hash + Eq,
{
    fn hash_ref(&self, mut state: &mut dyn Hasher) {
        (**self).hash(&mut state);
    }

    fn is(&self, key: &K) -> bool {
        **self == *key.borrow()
    }
}

macro_rules! owned_key_refs {
    ($($key:ty),*) => {
        $(
            impl KeyRef<$key> for $key {
                fn hash_ref(&self, mut state: &mut dyn Hasher) {
                    self.hash(&mut state);
                }

                fn is(&self, key: &$key) -> bool {
                    self == key
                }
            }
        )*
    };
}

owned_key_refs!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, String, MemoKey
);

macro_rules! tuple_key_refs {
    ($($name:ident)+) => {
        impl<$($name),+> KeyRef<($($name,)+)> for ($($name,)+)
        where
            Self: Hash + Eq,
        {
            fn hash_ref(&self, mut state: &mut dyn Hasher) {
                self.hash(&mut state);
            }

            fn is(&self, key: &Self) -> bool {
                self == key
            }
        }
    };
}

tuple_key_refs!(A B);
tuple_key_refs!(A B C);
tuple_key_refs!(A B C D);

impl<K, R: KeyRef<K>, const N: usize> Filter<K> for [R; N] {
    fn visit(self, target: &mut dyn Target<K>) {
        self.as_slice().visit(target);
    }
}

impl<K, R: KeyRef<K>> Filter<K> for &[R] {
    fn visit(self, target: &mut dyn Target<K>) {
        for key in self {
            target.key(key);
        }
    }
}

impl<K, R: KeyRef<K>> Filter<K> for Vec<R> {
    fn visit(self, target: &mut dyn Target<K>) {
        self.as_slice().visit(target);
    }
}

impl<K, R: KeyRef<K>> Filter<K> for &Vec<R> {
    fn visit(self, target: &mut dyn Target<K>) {
        self.as_slice().visit(target);
    }
}

impl<K, F: Fn(&K) -> bool> Filter<K> for F {
    fn visit(self, target: &mut dyn Target<K>) {
        target.test(&mut |key| self(key));
    }
}

impl<K: TextKey> Filter<K> for &str {
    fn visit(self, target: &mut dyn Target<K>) {
        let glob = Glob::new(self);
        target.test(&mut |key| glob.matches(&key.text()));
    }
}

impl<K: TextKey> Filter<K> for &String {
    fn visit(self, target: &mut dyn Target<K>) {
        self.as_str().visit(target);
    }
}

#[cfg(feature = "regex")]
impl<K: TextKey> Filter<K> for &regex::Regex {
    fn visit(self, target: &mut dyn Target<K>) {
        // the leftmost match begins where the key does, or none does
        target.test(&mut |key| {
            self.find(&key.text())
                .is_some_and(|found| found.start() == 0)
        });
    }
}

/// Keys that globs and regexes can select: those that are text, or can be shown as one.
///
/// An [`AnyCache`](crate::AnyCache), which has forgotten the types, knows `String`, `&'static str`, `Arc<str>`, `Box<str>`,
/// `Cow<'static, str>` and [`MemoKey`] only.
///
/// ```
/// use std::borrow::Cow;
/// use cacheout::{Cache, TextKey};
///
/// #[derive(Clone, PartialEq, Eq, Hash)]
/// struct Url(String);
///
/// impl TextKey for Url {
///     fn text(&self) -> Cow<'_, str> {
///         Cow::Borrowed(&self.0)
///     }
/// }
///
/// let cache = Cache::new(8);
/// cache.set(Url("https://example.org/".into()), 1);
/// assert_eq!(cache.delete_many("https:*"), 1);
/// ```
pub trait TextKey {
    /// The key's text.
    fn text(&self) -> Cow<'_, str>;
}

macro_rules! text_keys {
    ($($key:ty),*) => {
        $(
            impl TextKey for $key {
                fn text(&self) -> Cow<'_, str> {
                    Cow::Borrowed(self)
                }
            }
        )*
    };
}

text_keys!(
    String,
    &str,
    Box<str>,
    Arc<str>,
    std::rc::Rc<str>,
    Cow<'_, str>
);
