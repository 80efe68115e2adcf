//! The caches of a generic function or a method: one for each set of types that it is called with.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use crate::cache::{Cache, CacheConfig};
use crate::error::Error;
use crate::local::LocalCache;
use crate::manager::Typed;

/// Where a function keeps its caches, if which one it uses depends on more than the function.
///
/// Most have one, which is found without a lock.
#[derive(Debug)]
pub struct Slot {
    first: OnceLock<(Id, Typed)>,
    /// In the order of their ids. A static is never dropped, and neither are the few caches that it owns.
    others: RwLock<Vec<(Id, &'static Typed)>>,
    /// What the attribute says, as far as that is known before the first call.
    written: fn() -> CacheConfig,
    /// What the manager was told, for the caches that are made later.
    told: Mutex<CacheConfig>,
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
            others: RwLock::new(Vec::new()),
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
        match self.first.get() {
            Some((first, typed)) if *first == id => typed_as(typed.handle()),
            _ => self.find_or_make(id, settings),
        }
    }

    #[cold]
    fn find_or_make<K, V>(
        &'static self,
        id: Id,
        settings: fn() -> CacheConfig,
    ) -> &'static Cache<K, V>
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        let typed = self.find(id).unwrap_or_else(|| {
            let settings = settings(); // no lock is held: an option may be any expression
            let cache: Cache<K, V> = Cache::builder().config(settings).build();
            let told = self.lock();
            cache.apply_valid(&told);
            self.add(id, Typed::new(&cache))
        });
        typed_as(typed.handle())
    }

    fn find(&self, id: Id) -> Option<&'static Typed> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let at = others.binary_search_by_key(&id, |(id, _)| *id);
        at.ok().map(|at| others[at].1)
    }

    /// Adds a cache, unless another thread was first; answers the one that is there.
    fn add(&'static self, id: Id, made: Typed) -> &'static Typed {
        let mut made = Some(made);
        let (first, typed) = self
            .first
            .get_or_init(|| (id, made.take().expect("taken once")));
        if *first == id {
            return typed;
        }
        let mut others = self.others.write().unwrap_or_else(PoisonError::into_inner);
        match (others.binary_search_by_key(&id, |(id, _)| *id), made) {
            (Err(at), Some(made)) => {
                let made: &'static Typed = Box::leak(Box::new(made));
                others.insert(at, (id, made));
                made
            }
            (Ok(at) | Err(at), _) => others[at].1,
        }
    }

    /// All caches that are made.
    pub(crate) fn all(&'static self) -> Vec<&'static Typed> {
        let others = self.others.read().unwrap_or_else(PoisonError::into_inner);
        let first = self.first.get().map(|(_, typed)| typed);
        let others = others.iter().map(|(_, typed)| *typed);
        first.into_iter().chain(others).collect()
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

impl fmt::Debug for LocalSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalSlot")
            .field(&self.0.borrow().len())
            .finish()
    }
}
