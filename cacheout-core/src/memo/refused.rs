//! What stands in where there can be no cache: for a key that cannot be hashed, say, or a value that cannot be sent.
//!
//! Generated code asks for that first (`check_key`, `check_value`), and the compiler answers in one message what to do. To
//! keep it from answering further, in its own words and with all that is inside of a cache, the code after it is right for
//! any types: a method of the type itself, which has bounds, is preferred to one of a trait, which has none. The latter is
//! never called, as what was refused is never built.

use std::future::{Future, Ready};
use std::hash::Hash;
use std::marker::PhantomData;

use super::key::Part;
use super::slot::Slot;
use crate::cache::{Cache, CacheConfig, Made};
use crate::local::{LocalCache, LocalCacheBuilder};
use crate::manager::Entry;
use crate::stats::StatsInfo;

/// A cache that cannot be, which answers what a cache does.
#[derive(Debug)]
pub struct Refused(());

fn refused() -> ! {
    unreachable!("the compiler refuses types that cannot be cached")
}

impl Refused {
    pub fn memo_store(&self) -> &Self {
        self
    }

    pub fn memo_find<Q, V>(&self, _: &Q) -> Result<V, Refused> {
        refused()
    }

    pub fn memo_pass<V>(&self) -> Result<V, Refused> {
        refused()
    }

    pub fn memo_fill<V, E, X>(
        &self,
        _: Refused,
        _: X,
        _: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        refused()
    }

    pub fn memo_fill_async<V, E, X>(
        &self,
        _: Refused,
        _: X,
        _: impl Future<Output = Result<Made<V>, E>>,
    ) -> Ready<Result<V, E>> {
        refused()
    }

    pub fn memo_refill<V, E, X>(
        &self,
        _: Refused,
        _: X,
        _: impl FnOnce() -> Result<Made<V>, E>,
    ) -> Result<V, E> {
        refused()
    }

    pub fn memo_refill_async<V, E, X>(
        &self,
        _: Refused,
        _: X,
        _: impl Future<Output = Result<Made<V>, E>>,
    ) -> Ready<Result<V, E>> {
        refused()
    }

    pub fn memo_key<Q>(&self, _: &Q) -> Refused {
        refused()
    }

    pub fn peek<Q, V>(&self, _: &Q) -> Option<V> {
        refused()
    }

    pub fn memo_set<Q, V, T>(&self, _: &Q, _: V, _: T) {
        refused()
    }

    pub fn delete<Q>(&self, _: &Q) -> bool {
        refused()
    }

    pub fn memo_forget<Q>(&self, _: &Q) -> Box<dyn FnOnce() + Send> {
        refused()
    }

    pub fn clear(&self) {
        refused()
    }

    pub fn memo_info(&self) -> StatsInfo {
        refused()
    }
}

/// Picks a cache, if it can be one.
#[derive(Debug)]
pub struct PickStore<C>(pub C);

impl<K, V> PickStore<&'static Cache<K, V>>
where
    K: Hash + Eq + Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    #[inline]
    pub fn memo_pick(self) -> &'static Cache<K, V> {
        self.0
    }
}

impl<K: Hash + Eq + Clone, V: Clone> PickStore<LocalCache<K, V>> {
    #[inline]
    pub fn memo_pick(self) -> LocalCache<K, V> {
        self.0
    }
}

/// What is picked where there can be no cache.
pub trait PickStoreOther: Sized {
    fn memo_pick(self) -> Refused {
        refused()
    }
}

impl<C> PickStoreOther for PickStore<C> {}

/// Builds a cache for one thread, if there can be one.
#[derive(Debug)]
pub struct PickBuild<K, V>(LocalCacheBuilder, PhantomData<(K, V)>);

impl<K, V> PickBuild<K, V> {
    pub fn of(builder: LocalCacheBuilder) -> Self {
        PickBuild(builder, PhantomData)
    }
}

impl<K: Hash + Eq, V: Clone> PickBuild<K, V> {
    pub fn memo_build(self) -> LocalCache<K, V> {
        self.0.build()
    }
}

/// What is built where there can be no cache.
pub trait PickBuildOther<K, V>: Sized {
    fn memo_build(self) -> LocalCache<K, V> {
        refused()
    }
}

impl<K, V> PickBuildOther<K, V> for PickBuild<K, V> {}

/// Picks the key of a view, if it can be one.
#[derive(Debug)]
pub struct PickPart<P>(pub P);

impl<P: Part> PickPart<P> {
    pub fn memo_to_part(&self) -> P::Key {
        self.0.to_part()
    }
}

/// What is picked where there can be no key.
pub trait PickPartOther {
    fn memo_to_part<K>(&self) -> K {
        refused()
    }
}

impl<P> PickPartOther for PickPart<P> {}

/// Picks the cache of a slot, if there can be one; `I` tells it from others.
#[expect(missing_debug_implementations, reason = "made for one method call")]
pub struct PickSlot<I, K, V>(&'static Slot, PhantomData<(K, V)>, PhantomData<I>);

impl<I, K, V> PickSlot<I, K, V> {
    #[inline]
    pub fn of(slot: &'static Slot, id: PhantomData<I>) -> Self {
        PickSlot(slot, PhantomData, id)
    }
}

impl<I, K, V> PickSlot<I, K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    #[inline]
    pub fn memo_cache(&self, settings: fn() -> CacheConfig) -> &'static Cache<K, V> {
        self.0.cache::<I, K, V>(settings)
    }
}

/// What is picked where there can be no cache.
pub trait PickSlotOther<K, V> {
    fn memo_cache(&self, _: fn() -> CacheConfig) -> &'static Cache<K, V>
    where
        K: 'static,
        V: 'static,
    {
        refused()
    }
}

impl<I, K, V> PickSlotOther<K, V> for PickSlot<I, K, V> {}

/// Whether there can be a cache of these types, and where a function that is not generic has it.
#[expect(missing_debug_implementations, reason = "there are none")]
pub struct Place<K, V>(PhantomData<(K, V)>);

impl<K, V> Place<K, V>
where
    K: Hash + Eq + Clone + Send + Sync,
    V: Clone + Send + Sync,
{
    pub const IS_POSSIBLE: bool = true;
}

/// Where there can be no cache.
pub trait PlaceOther {
    const IS_POSSIBLE: bool = false;
}

impl<K, V> PlaceOther for Place<K, V> {}

/// What a function's static holds, depending on whether there can be a cache.
pub trait Placed<const IS_POSSIBLE: bool> {
    /// The type of what is held.
    type Store;
    /// The cache's type.
    type Cache;

    fn make(settings: CacheConfig) -> Self::Store;
    fn cache(store: &'static Self::Store) -> &'static Self::Cache;
    fn entry(store: &'static Self::Store) -> Entry;
}

impl<K, V> Placed<true> for Place<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    type Store = Cache<K, V>;
    type Cache = Cache<K, V>;

    fn make(settings: CacheConfig) -> Cache<K, V> {
        Cache::builder().config(settings).build()
    }

    #[inline]
    fn cache(store: &'static Cache<K, V>) -> &'static Cache<K, V> {
        store
    }

    fn entry(store: &'static Cache<K, V>) -> Entry {
        Entry::new(store)
    }
}

impl<K: 'static, V: 'static> Placed<false> for Place<K, V> {
    type Store = Refused;
    type Cache = Cache<K, V>;

    fn make(_: CacheConfig) -> Refused {
        refused()
    }

    fn cache(_: &'static Refused) -> &'static Cache<K, V> {
        refused()
    }

    fn entry(_: &'static Refused) -> Entry {
        refused()
    }
}
