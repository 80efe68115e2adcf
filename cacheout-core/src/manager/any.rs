//! A named cache, and what can be done with it without knowing its types.

use std::any::{Any, TypeId, type_name};
use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::registry::{Registration, Source};
use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::filter::TextKey;
use crate::glob::Glob;
use crate::memo::MemoKey;
use crate::policy::Policy;
use crate::stats::StatsInfo;

/// A name, and what is known of its cache.
pub(super) struct Named {
    name: String,
    /// The settings for a cache that is not made yet. The lock is held while it is made or configured.
    config: Mutex<CacheConfig>,
    typed: OnceLock<Typed>,
    memoized: Option<&'static Registration>,
    /// Two memoized functions that both claim the name.
    rivals: Option<[String; 2]>,
}

/// A cache whose types are decided.
pub(crate) struct Typed {
    /// The `Cache<K, V, S>` itself.
    pub(crate) handle: Box<dyn Any + Send + Sync>,
    erased: Box<dyn Erased>,
    pub(super) types: String,
}

impl Typed {
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
            handle: Box::new(cache.clone()),
            erased: Box::new(cache.clone()),
            types: types::<K, V>(),
        }
    }
}

/// How the types of a cache are shown.
pub(super) fn types<K, V>() -> String {
    format!("Cache<{}, {}>", type_name::<K>(), type_name::<V>())
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.types).finish()
    }
}

impl Named {
    pub(super) fn configured(name: String, config: CacheConfig) -> Self {
        Named {
            name,
            config: Mutex::new(config),
            typed: OnceLock::new(),
            memoized: None,
            rivals: None,
        }
    }

    pub(super) fn registered<K, V, S>(name: String, cache: &Cache<K, V, S>) -> Self
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        Named {
            typed: OnceLock::from(Typed::new(cache)),
            ..Named::configured(name, CacheConfig::new())
        }
    }

    pub(super) fn memoized(name: String, function: &'static Registration) -> Self {
        Named {
            memoized: Some(function),
            ..Named::configured(name, CacheConfig::new())
        }
    }

    /// The same name, claimed by another function too.
    pub(super) fn with_rival(&self, rival: &Registration) -> Self {
        let owner = self.memoized.map(ToString::to_string).unwrap_or_default();
        Named {
            memoized: self.memoized,
            rivals: Some([owner, rival.to_string()]),
            ..Named::configured(self.name.clone(), CacheConfig::new())
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_memoized(&self) -> bool {
        self.memoized.is_some()
    }

    /// Whether it is clear whose name this is.
    pub(super) fn check_owner(&self) -> Result<(), Error> {
        match &self.rivals {
            Some(owners) => Err(Error::name_taken(&self.name, owners.clone())),
            None => Ok(()),
        }
    }

    /// The cache, which is made with these types if it was not made before.
    pub(super) fn typed_or<K, V>(&self) -> Result<&Typed, Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        if let Some(function) = self.memoized {
            // made without a lock: an option of the attribute may be any expression
            let made = self.typed();
            return made.ok_or_else(|| Error::not_made(&self.name, function.to_string()));
        }
        let config = self.lock();
        if self.typed.get().is_none() {
            let cache: Cache<K, V> = Cache::builder().config(config.clone()).try_build()?;
            let _ = self.typed.set(Typed::new(&cache)); // the lock is held: nobody else does
        }
        drop(config);
        Ok(self.typed.get().expect("made above"))
    }

    /// The cache, if it is made; a memoized function's is made now, if its types are known.
    fn typed(&self) -> Option<&Typed> {
        match self.memoized.map(Registration::source) {
            Some(Source::Static(make)) => Some(self.typed.get_or_init(|| make().0)),
            Some(Source::Slot(slot)) => slot.first(),
            None => self.typed.get(),
        }
    }

    fn erased(&self) -> Option<&(dyn Erased + 'static)> {
        self.typed().map(|typed| &*typed.erased)
    }

    pub(super) fn configure(&self, config: &CacheConfig) -> Result<(), Error> {
        self.check_owner()?;
        if let Some(Source::Slot(slot)) = self.memoized.map(Registration::source) {
            return slot.configure(config);
        }
        if self.erased().is_none() {
            let mut pending = self.lock();
            if self.typed.get().is_none() {
                config.validate(false)?;
                *pending = pending.clone().overlaid(config);
                return Ok(());
            }
        }
        // it is made: no lock of ours is held while it evicts, and calls back
        match self.erased() {
            Some(cache) => cache.configure(config.clone()),
            None => Ok(()),
        }
    }

    /// Whether [`configure`](Self::configure) would go well.
    pub(super) fn check(&self, config: &CacheConfig) -> Result<(), Error> {
        self.check_owner()?;
        match self.erased() {
            Some(cache) => cache.check(config),
            None => config.validate(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, CacheConfig> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A named cache, without the types of its keys and values: what a command line or an admin page needs.
///
/// A name that is configured, but was not used yet, is an empty cache with the settings that it was given. A memoized
/// method or generic function that was not called yet shows default settings; one that has several caches, for several
/// types, is known here by the first of them.
///
/// ```
/// use cacheout::{CacheConfig, CacheManager};
///
/// let manager = CacheManager::new();
/// manager.configure("sessions", CacheConfig::new().max_size(100))?;
/// manager.get::<String, u32>("sessions")?.set("ada:1".into(), 1);
/// let any = manager.cache("sessions")?;
/// assert_eq!((any.name(), any.len(), any.max_size()), ("sessions", 1, 100));
/// assert_eq!(any.delete_glob("ada:*")?, 1);
/// # Ok::<(), cacheout::Error>(())
/// ```
#[derive(Clone)]
pub struct AnyCache(Arc<Named>);

impl From<Arc<Named>> for AnyCache {
    fn from(named: Arc<Named>) -> Self {
        AnyCache(named)
    }
}

impl AnyCache {
    /// The name that it was looked up by.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// See [`Cache::len`].
    pub fn len(&self) -> usize {
        self.0.erased().map_or(0, Erased::len)
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// See [`Cache::max_size`].
    pub fn max_size(&self) -> usize {
        self.ask(Erased::max_size, CacheConfig::size)
    }

    /// See [`Cache::ttl`].
    pub fn ttl(&self) -> Option<Duration> {
        self.ask(Erased::ttl, |config| {
            config.ttl.filter(|ttl| !ttl.is_zero())
        })
    }

    /// See [`Cache::policy`].
    pub fn policy(&self) -> Policy {
        self.ask(Erased::policy, |config| config.policy.unwrap_or_default())
    }

    /// The figures of the cache's statistics, and the number of its entries.
    pub fn stats(&self) -> StatsInfo {
        self.ask(Erased::stats, |_| StatsInfo::default())
    }

    /// See [`Cache::clear`].
    pub fn clear(&self) {
        if let Some(cache) = self.0.erased() {
            cache.clear();
        }
    }

    /// See [`Cache::delete_expired`].
    pub fn delete_expired(&self) -> usize {
        self.0.erased().map_or(0, Erased::delete_expired)
    }

    /// Deletes the entries whose keys match a glob; answers how many.
    ///
    /// # Errors
    /// If the keys are no text.
    pub fn delete_glob(&self, glob: &str) -> Result<usize, Error> {
        match self.0.erased() {
            Some(cache) => cache.delete_glob(self.name(), &Glob::new(glob)),
            None => Ok(0),
        }
    }

    /// See [`Cache::configure`].
    ///
    /// # Errors
    /// As there; nothing is changed then.
    pub fn configure(&self, config: CacheConfig) -> Result<(), Error> {
        self.0.configure(&config)
    }

    /// Asks the cache, or the settings for it if it is not made yet.
    fn ask<T>(
        &self,
        made: impl FnOnce(&(dyn Erased + 'static)) -> T,
        configured: impl FnOnce(&CacheConfig) -> T,
    ) -> T {
        match self.0.erased() {
            Some(cache) => made(cache),
            None => configured(&self.0.lock()),
        }
    }
}

impl fmt::Debug for AnyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyCache")
            .field("name", &self.name())
            .field("len", &self.len())
            .field("max_size", &self.max_size())
            .finish_non_exhaustive()
    }
}

/// A cache whose types are forgotten.
trait Erased: Send + Sync {
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
    V: Clone + Send + Sync,
    S: BuildHasher + Send + Sync,
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
