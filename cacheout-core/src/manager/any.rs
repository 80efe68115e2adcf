//! A named cache, and what can be done with it without knowing its types.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::named::Named;
use super::typed::Erased;
use crate::cache::CacheConfig;
use crate::error::Error;
use crate::glob::Glob;
use crate::policy::Policy;
use crate::stats::StatsInfo;

/// A named cache, without the types of its keys and values: what a command line or an admin page needs.
///
/// A name that is configured, but was not used yet, is an empty cache with the settings that it was given. A memoized
/// method or generic function has a cache for each set of types that it is called with: here they are one, whose entries
/// and figures are those of all together, and whose settings are those of the first (all are configured alike). Before
/// the first call, it shows the settings that it will have, but for those that are written as more than a literal.
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
        self.0.name()
    }

    /// See [`Cache::len`](crate::Cache::len).
    pub fn len(&self) -> usize {
        self.0.all().iter().map(|typed| typed.erased.len()).sum()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// See [`Cache::max_size`](crate::Cache::max_size).
    pub fn max_size(&self) -> usize {
        self.ask(Erased::max_size, CacheConfig::size)
    }

    /// See [`Cache::ttl`](crate::Cache::ttl).
    pub fn ttl(&self) -> Option<Duration> {
        self.ask(Erased::ttl, |config| {
            config.ttl.filter(|ttl| !ttl.is_zero())
        })
    }

    /// See [`Cache::policy`](crate::Cache::policy).
    pub fn policy(&self) -> Policy {
        self.ask(Erased::policy, |config| config.policy.unwrap_or_default())
    }

    /// The figures of the cache's statistics, and the number of its entries.
    pub fn stats(&self) -> StatsInfo {
        let all = self.0.all();
        let figures = all.iter().map(|typed| typed.erased.stats());
        figures.fold(StatsInfo::default(), StatsInfo::plus)
    }

    /// See [`Cache::clear`](crate::Cache::clear).
    pub fn clear(&self) {
        for typed in self.0.all() {
            typed.erased.clear();
        }
    }

    /// See [`Cache::delete_expired`](crate::Cache::delete_expired).
    pub fn delete_expired(&self) -> usize {
        let all = self.0.all();
        all.iter().map(|typed| typed.erased.delete_expired()).sum()
    }

    /// Deletes the entries whose keys match a glob; answers how many.
    ///
    /// # Errors
    /// If the keys are no text (of no cache, where there are several).
    pub fn delete_glob(&self, glob: &str) -> Result<usize, Error> {
        let glob = Glob::new(glob);
        let (mut deleted, mut failed) = (None, None);
        for typed in self.0.all() {
            match typed.erased.delete_glob(self.name(), &glob) {
                Ok(count) => deleted = Some(deleted.unwrap_or(0) + count),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        match (deleted, failed) {
            (None, Some(error)) => Err(error),
            (deleted, _) => Ok(deleted.unwrap_or(0)),
        }
    }

    /// See [`Cache::configure`](crate::Cache::configure). Of a name that has no cache yet, the one that is made is configured so.
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
        match self.0.all().first() {
            Some(typed) => made(&*typed.erased),
            None => configured(&self.0.settings()),
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
