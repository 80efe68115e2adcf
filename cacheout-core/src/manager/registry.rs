//! The memoized functions of the program: each is registered by the linker, before `main`.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use super::named::Named;
use super::names::Names;
use super::typed::Typed;
use crate::cache::Cache;
use crate::memo::Slot;

/// A memoized function, as `#[memoize]` registers it.
#[doc(hidden)]
pub struct Registration {
    /// The name that it claims.
    name: fn() -> &'static str,
    /// Where it is written.
    place: &'static str,
    source: Source,
}

/// Where a memoized function has its cache.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// It is made when it is asked for.
    Static(fn() -> Entry),
    /// It is made by the first call, which decides its types.
    Slot(&'static Slot),
}

/// The cache of a memoized function.
#[doc(hidden)]
pub struct Entry(pub(super) Typed);

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entry").field(&self.0.types).finish()
    }
}

impl Entry {
    pub fn new<K, V, S>(cache: &Cache<K, V, S>) -> Self
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
        S: BuildHasher + Send + Sync + 'static,
    {
        Entry(Typed::new(cache))
    }
}

impl Registration {
    pub const fn new(
        name: fn() -> &'static str,
        place: &'static str,
        cache: fn() -> Entry,
    ) -> Self {
        let source = Source::Static(cache);
        Registration {
            name,
            place,
            source,
        }
    }

    pub const fn of_slot(
        name: fn() -> &'static str,
        place: &'static str,
        slot: &'static Slot,
    ) -> Self {
        let source = Source::Slot(slot);
        Registration {
            name,
            place,
            source,
        }
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({})", (self.name)(), self.place)
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration")
            .field(&self.to_string())
            .finish()
    }
}

inventory::collect!(Registration);

/// All memoized functions by their names.
pub(super) fn memoized() -> Names {
    let mut names = Names::default();
    for function in inventory::iter::<Registration> {
        let name = (function.name)();
        let named = match names.get(name) {
            None => Named::memoized(name.to_owned(), function),
            Some(owner) => owner.claimed(function),
        };
        names.insert(Arc::new(named));
    }
    names
}
