//! A cache whose types are decided, and then forgotten.

use std::any::{Any, TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::filter::TextKey;
use crate::glob::Glob;
use crate::hash::RandomState;
use crate::memo::MemoKey;
use crate::policy::Policy;
use crate::stats::StatsInfo;

/// A cache whose types are decided.
pub(crate) struct Typed {
    pub(super) erased: Box<dyn Erased>,
    pub(super) types: String,
}

impl Typed {
    /// The `Cache<K, V, S>` itself.
    #[inline]
    pub(crate) fn handle(&self) -> &dyn Any {
        &*self.erased
    }

    pub(crate) fn configure(&self, config: &CacheConfig) -> Result<(), Error> {
        self.erased.configure(config.clone())
    }

    pub(crate) fn check(&self, config: &CacheConfig) -> Result<(), Error> {
        self.erased.check(config)
    }

    pub(crate) fn new<K, V, S>(cache: &Cache<K, V, S>) -> Self
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        Typed {
            erased: Box::new(cache.clone()),
            types: types::<K, V, S>(),
        }
    }
}

/// How the types of a cache are shown: the hasher's, if it is not the usual one.
pub(super) fn types<K, V, S: 'static>() -> String {
    let is_usual = TypeId::of::<S>() == TypeId::of::<RandomState>();
    let hasher = if is_usual { "" } else { type_name::<S>() };
    shown(type_name::<K>(), type_name::<V>(), hasher)
}

fn shown(key: &str, value: &str, hasher: &str) -> String {
    match hasher {
        "" => format!("Cache<{key}, {value}>"),
        hasher => format!("Cache<{key}, {value}, {hasher}>"),
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.types).finish()
    }
}

/// A cache whose types are forgotten.
pub(super) trait Erased: Any + Send + Sync {
    fn len(&self) -> usize;
    fn max_size(&self) -> usize;
    fn ttl(&self) -> Option<Duration>;
    fn policy(&self) -> Policy;
    fn stats(&self) -> StatsInfo;
    fn clear(&self);
    fn delete_expired(&self) -> usize;
    fn delete_glob(&self, name: &str, glob: &Glob) -> Result<usize, Error>;
    fn configure(&self, config: CacheConfig) -> Result<(), Error>;
    fn check(&self, config: &CacheConfig) -> Result<(), Error>;
}

impl<K, V, S> Erased for Cache<K, V, S>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: BuildHasher + Send + Sync + 'static,
{
    fn len(&self) -> usize {
        self.len()
    }

    fn max_size(&self) -> usize {
        self.max_size()
    }

    fn ttl(&self) -> Option<Duration> {
        self.ttl()
    }

    fn policy(&self) -> Policy {
        self.policy()
    }

    fn stats(&self) -> StatsInfo {
        self.stats().info()
    }

    fn clear(&self) {
        self.clear();
    }

    fn delete_expired(&self) -> usize {
        self.delete_expired()
    }

    fn delete_glob(&self, name: &str, glob: &Glob) -> Result<usize, Error> {
        // known when it is compiled: for keys that cannot be text, nothing of what follows is
        if const { !may_be_text::<K>() } {
            return Err(Error::not_text(name, type_name::<K>()));
        }
        let text = text_of::<K>().ok_or_else(|| Error::not_text(name, type_name::<K>()))?;
        Ok(self.delete_many(|key: &K| text(key).is_some_and(|text| glob.matches(&text))))
    }

    fn configure(&self, config: CacheConfig) -> Result<(), Error> {
        self.configure(config)
    }

    fn check(&self, config: &CacheConfig) -> Result<(), Error> {
        self.check(config)
    }
}

/// What shows the text of a key.
type Text<K> = fn(&K) -> Option<Cow<'_, str>>;

/// Whether a type is as large as one of those that [`text_of`] knows.
const fn may_be_text<K>() -> bool {
    let sizes = [
        size_of::<String>(),
        size_of::<&str>(),
        size_of::<Arc<str>>(),
        size_of::<Box<str>>(),
        size_of::<Cow<'static, str>>(),
        size_of::<MemoKey>(),
    ];
    let mut at = 0;
    while at < sizes.len() {
        if size_of::<K>() == sizes[at] {
            return true;
        }
        at += 1;
    }
    false
}

/// How a key shows its text, if its type is one of those that are known to be text.
fn text_of<K: 'static>() -> Option<Text<K>> {
    fn text<K: 'static, T: TextKey + 'static>(key: &K) -> Option<Cow<'_, str>> {
        let key: &dyn Any = key;
        key.downcast_ref::<T>().map(T::text)
    }
    fn candidate<K: 'static, T: TextKey + 'static>() -> Option<Text<K>> {
        (TypeId::of::<K>() == TypeId::of::<T>()).then_some(text::<K, T>)
    }
    candidate::<K, String>()
        .or_else(candidate::<K, &'static str>)
        .or_else(candidate::<K, Arc<str>>)
        .or_else(candidate::<K, Box<str>>)
        .or_else(candidate::<K, Cow<'static, str>>)
        .or_else(candidate::<K, MemoKey>)
}
