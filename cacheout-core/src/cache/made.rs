//! What a computation makes, and how its error gets to others.

use std::sync::Arc;
use std::time::Duration;

use crate::load::SharedError;

/// What a computation made, and whether and for how long it is to be stored.
#[doc(hidden)]
#[derive(Debug)]
pub struct Made<V> {
    pub value: V,
    pub keep: Keep,
}

/// For how long a value is stored.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// For the cache's ttl.
    Default,
    For(Duration),
    /// Not at all: it goes to those who wait for it.
    No,
}

impl<V> From<V> for Made<V> {
    fn from(value: V) -> Self {
        let keep = Keep::Default;
        Made { value, keep }
    }
}

/// How a computation's error gets to those who wait for it.
#[doc(hidden)]
pub trait Sharing<E> {
    fn share(error: &E) -> Option<SharedError>;
    fn receive(error: &SharedError) -> Option<E>;
}

/// It does not: another caller tries.
#[doc(hidden)]
#[derive(Debug)]
pub struct Unshared;

/// Each has a copy.
#[doc(hidden)]
#[derive(Debug)]
pub struct Shared;

impl<E> Sharing<E> for Unshared {
    fn share(_: &E) -> Option<SharedError> {
        None
    }

    fn receive(_: &SharedError) -> Option<E> {
        None
    }
}

impl<E: Clone + Send + Sync + 'static> Sharing<E> for Shared {
    fn share(error: &E) -> Option<SharedError> {
        Some(Arc::new(error.clone()))
    }

    fn receive(error: &SharedError) -> Option<E> {
        error.downcast_ref().cloned()
    }
}
