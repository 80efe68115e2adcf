//! A cache that the user gives, by `cache = EXPR`: whether it holds what the function needs.
//!
//! The types that fit are preferred to a trait that takes all others, which the compiler refuses in one message, and goes on with
//! what fits any function (`refused`).

use std::fmt::Debug;
use std::marker::PhantomData;

use super::refused::Refused;
use super::shared::MemoKey;
use crate::cache::Cache;
use crate::local::LocalCache;

/// Picks a cache, if it holds values of type `V` under keys of type `K`, or under those that functions share.
#[expect(missing_debug_implementations, reason = "made for one method call")]
pub struct PickGiven<'a, C, K, V>(&'a C, PhantomData<(K, V)>);

impl<'a, C, K, V> PickGiven<'a, C, K, V> {
    #[inline]
    pub fn of(cache: &'a C) -> Self {
        PickGiven(cache, PhantomData)
    }
}

/// A cache of one function's own keys.
pub trait GivenStore {
    type Key;
    type Value;
}

impl<K, V, S> GivenStore for Cache<K, V, S> {
    type Key = K;
    type Value = V;
}

impl<K, V, S> GivenStore for LocalCache<K, V, S> {
    type Key = K;
    type Value = V;
}

impl<'a, C: GivenStore> PickGiven<'a, C, C::Key, C::Value> {
    #[inline]
    pub fn memo_given(self) -> &'a C {
        self.0
    }
}

/// Picks a cache that functions share.
pub trait PickGivenShared {
    type Given;

    fn memo_given(self) -> Self::Given;
}

impl<'a, K, V, S> PickGivenShared for PickGiven<'a, Cache<MemoKey, V, S>, K, V>
where
    K: Debug + Send + Sync + 'static,
{
    type Given = &'a Cache<MemoKey, V, S>;

    #[inline]
    fn memo_given(self) -> Self::Given {
        self.0
    }
}

/// What a cache would do that does not fit, and none does: so that the compiler says what is missing.
#[diagnostic::on_unimplemented(
    message = "this cache does not hold what the function needs: keys of type `{K}` (or, in a `Cache`, \
               `MemoKey`, for which those have to be `Debug`, `Send`, `Sync` and `'static`), and values of type `{V}`",
    label = "is a `{Self}`",
    note = "of a `Result` the `Ok` value alone is stored, unless `cache_err` says that errors are, too"
)]
pub trait Holds<K, V> {}

/// What is picked where a cache does not fit.
pub trait PickGivenOther<C, K, V> {
    fn memo_given(&self) -> &'static Refused
    where
        C: Holds<K, V>,
    {
        unreachable!("no cache is of this trait")
    }
}

impl<C, K, V> PickGivenOther<C, K, V> for PickGiven<'_, C, K, V> {}
