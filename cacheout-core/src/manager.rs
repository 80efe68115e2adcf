//! Caches by name: configured first, typed at first use, looked into without their types.

mod any;
mod named;
mod names;
mod registry;
mod typed;

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

pub use any::AnyCache;
#[doc(hidden)]
pub use registry::{Entry, Registration};
pub(crate) use typed::Typed;

use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use named::Named;
use names::Names;

/// Caches by name.
///
/// A name is configured first; the first [`get`](CacheManager::get) decides the types of its keys and values and makes
/// the cache, once, however many threads ask. A handle outlives its name.
///
/// One manager is [global](CacheManager::global): it knows every memoized function of the program that has a cache of its own for
/// all threads, under its full path (or its `name`), before the first call. It does not know those with `thread_local`, nor
/// caches given by `cache = EXPR`, unless they are [registered](CacheManager::register).
///
/// ```
/// use std::time::Duration;
/// use cacheout::{CacheConfig, CacheManager};
///
/// let manager = CacheManager::new();
/// manager.setup([
///     ("users", CacheConfig::new().max_size(1_000)),
///     ("pages", CacheConfig::new().ttl(Duration::from_secs(60))),
/// ])?;
/// manager.get::<u64, String>("users")?.set(1, "Ada".to_owned());
/// assert_eq!(manager.get::<u64, String>("users")?.get(&1), Some("Ada".to_owned()));
/// for (name, cache) in &manager {
///     println!("{name}: {} entries, {:?}", cache.len(), cache.stats());
/// }
/// # Ok::<(), cacheout::Error>(())
/// ```
#[derive(Default)]
pub struct CacheManager {
    names: Mutex<Names>,
}

impl CacheManager {
    /// A manager that knows no names.
    pub fn new() -> Self {
        Self::default()
    }

    /// The manager of the whole program, which knows its memoized functions.
    pub fn global() -> &'static CacheManager {
        static GLOBAL: LazyLock<CacheManager> = LazyLock::new(|| CacheManager {
            names: Mutex::new(registry::memoized()),
        });
        &GLOBAL
    }

    /// Configures all of `settings` and forgets all other names, but those of memoized functions. Whoever still holds a
    /// cache of a forgotten name keeps it.
    ///
    /// A name that is known already gets a new cache, except a memoized function's, which is reconfigured in place.
    ///
    /// # Errors
    /// If a setting is out of range or does not suit a memoized function's cache ([`Cache::configure`]), or two memoized functions
    /// claim a name; nothing is changed then.
    pub fn setup<N, I>(&self, settings: I) -> Result<(), Error>
    where
        N: Into<String>,
        I: IntoIterator<Item = (N, CacheConfig)>,
    {
        let settings: Vec<(String, CacheConfig)> = settings
            .into_iter()
            .map(|(name, config)| (name.into(), config))
            .collect();
        let mut memoized = Vec::new();
        let mut fresh = Vec::new();
        for (name, config) in settings {
            match self.known(&name).filter(|named| named.is_memoized()) {
                Some(named) => {
                    named.check(&config)?;
                    memoized.push((named, config));
                }
                None => {
                    config.validate(false)?;
                    fresh.push(Arc::new(Named::configured(name, config)));
                }
            }
        }
        let mut names = self.lock();
        let forgotten = names.take_removable();
        for named in fresh {
            names.insert(named);
        }
        drop(names);
        // from here on without the lock: these evict, and run the destructors of values
        drop(forgotten);
        for (named, config) in memoized {
            named.configure(&config)?;
        }
        Ok(())
    }

    /// Configures one name: a new one, or what is known by it, which keeps its entries. What `config` does not state
    /// stays as it is.
    ///
    /// # Errors
    /// If a setting is out of range or does not suit the cache ([`Cache::configure`]), or two memoized functions claim the name;
    /// nothing is changed then.
    pub fn configure(&self, name: &str, config: CacheConfig) -> Result<(), Error> {
        if let Some(named) = self.known(name) {
            return named.configure(&config);
        }
        config.validate(false)?;
        self.named_or_new(name).configure(&config) // under the name's own lock: of two that come first, none is lost
    }

    /// Gives a cache that was built elsewhere a name. What had this name before loses it. [`get`](Self::get) finds it if its hasher
    /// is the default one; by [`cache`](Self::cache) it is there whatever its hasher.
    ///
    /// # Panics
    /// If a memoized function has this name: that cannot be taken from it.
    pub fn register<K, V, S>(&self, name: impl Into<String>, cache: &Cache<K, V, S>)
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        let name = name.into();
        let mut names = self.lock();
        let memoized = names.get(&name).is_some_and(|named| named.is_memoized());
        if memoized {
            drop(names);
            panic!("the name {name:?} is a memoized function's: register the cache under another");
        }
        let forgotten = names.insert(Arc::new(Named::registered(name, cache)));
        drop(names); // before what may be the last handle on a cache
        drop(forgotten);
    }

    /// The cache of a name. The first call makes it, and decides its types.
    ///
    /// # Errors
    /// If the name is not configured, or its cache has other types, or two memoized functions claim the name, or it is a method's
    /// or a generic function's that was not called yet ([`Error::is_not_made`]).
    pub fn get<K, V>(&self, name: &str) -> Result<Cache<K, V>, Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        self.named(name)?.get()
    }

    /// The cache of a name, without its types.
    ///
    /// # Errors
    /// If the name is not configured, or two memoized functions claim it.
    pub fn cache(&self, name: &str) -> Result<AnyCache, Error> {
        self.named(name).map(AnyCache::from)
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.lock()
            .iter()
            .map(|named| named.name().to_owned())
            .collect()
    }

    /// All names and caches, in alphabetical order, as they are now.
    pub fn iter(&self) -> std::vec::IntoIter<(String, AnyCache)> {
        let names = self.lock();
        let caches = names
            .iter()
            .map(|named| (named.name().to_owned(), Arc::clone(named).into()));
        let all: Vec<_> = caches.collect();
        all.into_iter()
    }

    /// Whether a name is known.
    pub fn contains(&self, name: &str) -> bool {
        self.known(name).is_some()
    }

    /// Forgets a name; answers whether it was known. A memoized function keeps its name: the answer is false.
    pub fn remove(&self, name: &str) -> bool {
        let mut names = self.lock();
        let removable = names.get(name).is_some_and(|named| !named.is_memoized());
        let removed = removable.then(|| names.remove(name)).flatten();
        drop(names); // before the last handle on a cache, perhaps, is dropped
        removed.is_some()
    }

    /// Removes the entries of all caches.
    pub fn clear_all(&self) {
        for (_, cache) in self {
            cache.clear();
        }
    }

    fn named_or_new(&self, name: &str) -> Arc<Named> {
        let mut names = self.lock();
        if let Some(named) = names.get(name) {
            return Arc::clone(named);
        }
        let fresh = Arc::new(Named::configured(name.to_owned(), CacheConfig::new()));
        names.insert(Arc::clone(&fresh));
        fresh
    }

    fn known(&self, name: &str) -> Option<Arc<Named>> {
        self.lock().get(name).cloned()
    }

    fn named(&self, name: &str) -> Result<Arc<Named>, Error> {
        let named = self.known(name);
        let named = named.ok_or_else(|| Error::not_configured(name))?;
        named.check_owner()?;
        Ok(named)
    }

    fn lock(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IntoIterator for &CacheManager {
    type Item = (String, AnyCache);
    type IntoIter = std::vec::IntoIter<(String, AnyCache)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for CacheManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CacheManager").field(&self.names()).finish()
    }
}
