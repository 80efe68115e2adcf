//! The caches of a generic function or a method: one for each set of types that it is called with.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::LocalKey;

use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::local::LocalCache;
use crate::manager::Typed;

/// Where a function keeps its caches, if which one it uses depends on more than the function.
///
/// They stand in a chain that only grows, so that they are found without a lock.
#[derive(Debug)]
pub struct Slot {
    first: OnceLock<Link>,
    /// What the attribute says, as far as that is known before the first call.
    written: fn() -> CacheConfig,
    /// What the manager was told, for the caches that are made later.
    told: Mutex<CacheConfig>,
}

/// A static is never dropped, and neither are the few caches that it owns.
#[derive(Debug)]
struct Link {
    id: Id,
    typed: Typed,
    next: OnceLock<&'static Link>,
}

/// What tells one cache from another: lifetimes aside, all types that it depends on, and its own.
type Id = (TypeId, TypeId);

fn id<I, K: 'static, V: 'static>() -> Id {
    (typeid::of::<PhantomData<I>>(), TypeId::of::<(K, V)>())
}

/// What tells one instance of a generic function from another, wherever its parameters come from: pass a closure that is written
/// in it.
#[inline]
pub fn here<I>(_: I) -> PhantomData<I> {
    PhantomData
}

impl Slot {
    /// A slot for a static.
    pub const fn new(written: fn() -> CacheConfig) -> Self {
        Slot {
            first: OnceLock::new(),
            written,
            told: Mutex::new(CacheConfig::new()),
        }
    }

    /// The cache for these types and whatever else tells one from another (`I`), which is made if it is not there.
    #[inline]
    pub fn cache<I, K, V>(&'static self, settings: fn() -> CacheConfig) -> &'static Cache<K, V>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let id = id::<I, K, V>();
        match self.links().find(|link| link.id == id) {
            Some(link) => typed_as(link.typed.handle()),
            None => self.make(id, settings),
        }
    }

    #[cold]
    fn make<K, V>(&'static self, id: Id, settings: fn() -> CacheConfig) -> &'static Cache<K, V>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let mut settings = settings(); // no lock is held: an option may be any expression
        let told = self.lock();
        if let Some(shards) = told.shards {
            settings = settings.shards(shards); // of which there are as many as at first
        }
        let cache: Cache<K, V> = Cache::builder().config(settings).build();
        cache.apply_valid(&told);
        let typed = self.add(id, Typed::new(&cache));
        drop(told);
        typed_as(typed.handle())
    }

    /// All that are made, in the order in which they were.
    #[inline]
    fn links(&'static self) -> impl Iterator<Item = &'static Link> {
        std::iter::successors(self.first.get(), |link| link.next.get().copied())
    }

    /// Adds a cache, unless another thread was first; answers the one that is there. One thread at a time.
    fn add(&'static self, id: Id, typed: Typed) -> &'static Typed {
        let mut typed = Some(typed);
        let mut link = || Link {
            id,
            typed: typed.take().expect("whoever comes to the end stops there"),
            next: OnceLock::new(),
        };
        let mut at = self.first.get_or_init(&mut link);
        while at.id != id {
            at = at.next.get_or_init(|| Box::leak(Box::new(link())));
        }
        &at.typed
    }

    /// All caches that are made.
    pub(crate) fn all(&'static self) -> Vec<&'static Typed> {
        self.links().map(|link| &link.typed).collect()
    }

    /// The settings of a cache that is made next, as far as they are known.
    pub(crate) fn settings(&self) -> CacheConfig {
        (self.written)().overlaid(&self.lock())
    }

    /// Configures all caches, those that are made later too.
    pub(crate) fn configure(&'static self, config: &CacheConfig) -> Result<(), Error> {
        let made = {
            let mut told = self.lock();
            self.check(config)?;
            *told = told.clone().overlaid(config);
            self.all()
        };
        // no lock of ours is held while they evict, and call back
        made.iter().try_for_each(|typed| typed.configure(config))
    }

    /// Whether [`configure`](Self::configure) would go well.
    pub(crate) fn check(&'static self, config: &CacheConfig) -> Result<(), Error> {
        config.validate(false)?;
        self.all().iter().try_for_each(|typed| typed.check(config))
    }

    fn lock(&self) -> MutexGuard<'_, CacheConfig> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn typed_as<T: 'static>(cache: &dyn Any) -> &T {
    cache.downcast_ref().expect("the types are part of the id")
}

/// The same for the caches of one thread.
#[derive(Default)]
pub struct LocalSlot(RefCell<Vec<(Id, Box<dyn Any>)>>);

impl LocalSlot {
    /// A slot for a thread's static.
    pub const fn new() -> Self {
        LocalSlot(RefCell::new(Vec::new()))
    }

    /// The cache for these types and whatever else tells one from another (`I`), which `build` makes if it is not there.
    pub fn cache<I, K, V>(
        &self,
        _: PhantomData<I>,
        build: fn() -> LocalCache<K, V>,
    ) -> LocalCache<K, V>
    where
        K: 'static,
        V: 'static,
    {
        let id = id::<I, K, V>();
        if let Some((_, known)) = self.0.borrow().iter().find(|(known, _)| *known == id) {
            return typed_as::<LocalCache<K, V>>(&**known).clone();
        }
        let made = build(); // nothing is borrowed: an option may be any expression, one that calls the function too
        self.0.borrow_mut().push((id, Box::new(made.clone())));
        made
    }
}

/// The cache of this thread, or a new one where the thread is ending, and has dropped its own.
pub fn of_thread<K, V>(
    cell: &'static LocalKey<LocalCache<K, V>>,
    build: fn() -> LocalCache<K, V>,
) -> LocalCache<K, V> {
    cell.try_with(Clone::clone).unwrap_or_else(|_| build())
}

/// The same of a [`LocalSlot`].
pub fn of_types<I, K, V>(
    cell: &'static LocalKey<LocalSlot>,
    types: PhantomData<I>,
    build: fn() -> LocalCache<K, V>,
) -> LocalCache<K, V>
where
    K: 'static,
    V: 'static,
{
    let cache = cell.try_with(|slot| slot.cache(types, build));
    cache.unwrap_or_else(|_| build())
}

impl fmt::Debug for LocalSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalSlot")
            .field(&self.0.borrow().len())
            .finish()
    }
}
