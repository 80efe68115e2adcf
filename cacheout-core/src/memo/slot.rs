//! The caches of a generic function or a method: one for each set of types that it is called with.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::manager::Typed;

/// Where a function keeps its caches, if which one it uses depends on more than the function.
///
/// The first that is made is the one that the manager knows by the function's name; most have no other.
#[derive(Debug, Default)]
pub struct Slot {
    first: OnceLock<(Id, Typed)>,
    others: RwLock<Option<HashMap<Id, &'static (dyn Any + Send + Sync)>>>,
    /// What the manager was told, for the caches that are made later.
    config: Mutex<CacheConfig>,
}

/// What tells one cache from another: lifetimes aside, all types that it depends on, and its own.
type Id = (TypeId, TypeId);

impl Slot {
    /// A slot for a static.
    pub const fn new() -> Self {
        Slot {
            first: OnceLock::new(),
            others: RwLock::new(None),
            config: Mutex::new(CacheConfig::new()),
        }
    }

    /// The cache for these types and whatever else tells one from another (`I`), which `build` makes if it is not there.
    #[inline]
    pub fn cache<I, K, V>(&'static self, build: fn() -> Cache<K, V>) -> &'static Cache<K, V>
    where
        I: ?Sized,
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let id = (typeid::of::<PhantomData<I>>(), TypeId::of::<(K, V)>());
        match self.first.get() {
            Some((first, typed)) if *first == id => typed_as(&*typed.handle),
            _ => self.find_or_make(id, build),
        }
    }

    #[cold]
    fn find_or_make<K, V>(&'static self, id: Id, build: fn() -> Cache<K, V>) -> &'static Cache<K, V>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let known = others.as_ref().and_then(|others| others.get(&id).copied());
        drop(others);
        if let Some(known) = known {
            return typed_as(known);
        }
        let cache = build(); // no lock is held: an option may be any expression
        let config = self.lock();
        cache.apply_valid(&config);
        let (first, typed) = self.first.get_or_init(|| (id, Typed::new(&cache)));
        if *first == id {
            return typed_as(&*typed.handle);
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        let others = others.get_or_insert_default();
        // a static is never dropped, and neither are the few caches that it owns
        typed_as(
            *others
                .entry(id)
                .or_insert_with(|| Box::leak(Box::new(cache))),
        )
    }

    /// The cache that the manager knows, if it is made.
    pub(crate) fn first(&self) -> Option<&Typed> {
        self.first.get().map(|(_, typed)| typed)
    }

    /// Configures the caches that are made later, and the first, if it is made.
    pub(crate) fn configure(&self, config: &CacheConfig) -> Result<(), Error> {
        {
            let mut pending = self.lock();
            match self.first() {
                Some(first) => first.check(config)?,
                None => config.validate(false)?,
            }
            *pending = pending.clone().overlaid(config);
        }
        // no lock of ours is held while it evicts, and calls back
        self.first().map_or(Ok(()), |first| first.configure(config))
    }

    fn lock(&self) -> MutexGuard<'_, CacheConfig> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn typed_as<T: 'static>(cache: &'static (dyn Any + Send + Sync)) -> &'static T {
    cache.downcast_ref().expect("the types are part of the id")
}
