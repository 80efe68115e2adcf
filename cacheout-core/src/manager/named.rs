//! A name, and the caches that it stands for.

use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::registry::{Registration, Source};
use super::typed::{Typed, types};
use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::hash::RandomState;

/// A name, and what is known of its cache.
pub(super) struct Named {
    name: String,
    /// The settings for a cache that is not made yet. The lock is held while it is made or configured.
    config: Mutex<CacheConfig>,
    typed: OnceLock<Typed>,
    memoized: Option<&'static Registration>,
    /// What else the name stands for: another memoized function claims it, too.
    rival: Option<Arc<Named>>,
}

impl Named {
    pub(super) fn configured(name: String, config: CacheConfig) -> Self {
        Named {
            name,
            config: Mutex::new(config),
            typed: OnceLock::new(),
            memoized: None,
            rival: None,
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

    /// The same name, claimed by another function, too.
    pub(super) fn claimed(self: &Arc<Self>, function: &'static Registration) -> Self {
        Named {
            rival: Some(Arc::clone(self)),
            ..Named::memoized(self.name.clone(), function)
        }
    }

    fn owner(&self) -> String {
        self.memoized.map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_memoized(&self) -> bool {
        self.memoized.is_some()
    }

    /// Whether it is clear whose name this is.
    pub(super) fn check_owner(&self) -> Result<(), Error> {
        match &self.rival {
            Some(rival) => Err(Error::name_taken(&self.name, [rival.owner(), self.owner()])),
            None => Ok(()),
        }
    }

    /// The cache of these types, which is made if the name has none yet.
    pub(super) fn get<K, V>(&self) -> Result<Cache<K, V>, Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        match self.memoized {
            None => self.make::<K, V>()?,
            Some(function) if self.all().is_empty() => {
                return Err(Error::not_made(&self.name, function.to_string()));
            }
            Some(_) => {}
        }
        let all = self.all();
        let mut fitting = all.iter().filter_map(|typed| typed.handle().downcast_ref());
        fitting.next().cloned().ok_or_else(|| {
            let mut present: Vec<&str> = all.iter().map(|typed| &*typed.types).collect();
            present.sort_unstable();
            present.dedup();
            let asked = types::<K, V, RandomState>();
            Error::type_mismatch(&self.name, &present.join(" and "), &asked)
        })
    }

    /// Makes the cache with these types, if it was not made before.
    fn make<K, V>(&self) -> Result<(), Error>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let config = self.lock();
        if self.typed.get().is_none() {
            let cache: Cache<K, V> = Cache::builder().config(config.clone()).try_build()?;
            let _ = self.typed.set(Typed::new(&cache)); // the lock is held: nobody else does
        }
        Ok(())
    }

    /// The caches that are made: of a method or a generic function, one for each set of types; else at most one. That of a
    /// memoized function is made now, if its types are known. Of several functions that claim the name, those of all.
    pub(super) fn all(&self) -> Vec<&Typed> {
        let mut all = self
            .rival
            .as_ref()
            .map_or_else(Vec::new, |rival| rival.all());
        match self.memoized.map(Registration::source) {
            // made without a lock: an option of the attribute may be any expression
            Some(Source::Static(make)) => all.push(self.typed.get_or_init(|| make().0)),
            Some(Source::Slot(slot)) => all.extend(slot.all()),
            None => all.extend(self.typed.get()),
        }
        all
    }

    /// The settings for a cache that is not made yet.
    pub(super) fn settings(&self) -> CacheConfig {
        match self.memoized.map(Registration::source) {
            Some(Source::Slot(slot)) => slot.settings(),
            _ => self.lock().clone(),
        }
    }

    pub(super) fn configure(&self, config: &CacheConfig) -> Result<(), Error> {
        self.check_owner()?;
        if let Some(Source::Slot(slot)) = self.memoized.map(Registration::source) {
            return slot.configure(config);
        }
        if self.all().is_empty() {
            let mut pending = self.lock();
            if self.typed.get().is_none() {
                config.validate(false)?;
                *pending = pending.clone().overlaid(config);
                return Ok(());
            }
        }
        // it is made: no lock of ours is held while it evicts, and calls back
        self.all()
            .iter()
            .try_for_each(|typed| typed.configure(config))
    }

    /// Whether [`configure`](Self::configure) would go well.
    pub(super) fn check(&self, config: &CacheConfig) -> Result<(), Error> {
        self.check_owner()?;
        match self.memoized.map(Registration::source) {
            Some(Source::Slot(slot)) => slot.check(config),
            _ => match self.all().first() {
                Some(typed) => typed.check(config),
                None => config.validate(false),
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, CacheConfig> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
