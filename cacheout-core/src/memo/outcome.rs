//! What a function returned: found by types, not by names, as far as the types are known where the function is written.
//!
//! A method of the type itself is preferred to one of a trait. So `Probe(&value).memo_is_failure()` asks the first for a
//! `Result`, by whatever alias it was written, and the second for anything else.

use std::convert::Infallible;
use std::marker::PhantomData;

use crate::cache::{Keep, Made, Shared, Unshared};

/// What is asked about a returned value.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

impl<T, E> Probe<'_, Result<T, E>> {
    pub fn memo_is_failure(&self) -> bool {
        self.0.is_err()
    }
}

impl<T> Probe<'_, Option<T>> {
    pub fn memo_is_nothing(&self) -> bool {
        self.0.is_none()
    }
}

impl<T, E> Probe<'_, Result<Option<T>, E>> {
    pub fn memo_is_nothing(&self) -> bool {
        matches!(self.0, Ok(None))
    }
}

/// What is no `Result` is no failure, and what is no `Option` is not nothing.
pub trait ProbeOther {
    fn memo_is_failure(&self) -> bool {
        false
    }

    fn memo_is_nothing(&self) -> bool {
        false
    }
}

impl<T> ProbeOther for Probe<'_, T> {}

/// What can be stored as a value.
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` cannot be cached for all threads: it is not all of `Clone`, `Send` and `Sync`",
    label = "cannot be cached",
    note = "share what cannot be cloned in an `Arc`; keep what cannot be sent to another thread in a cache for each \
            thread, with `thread_local`"
)]
pub trait MemoValue {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync> MemoValue for T {}

#[inline]
pub fn check_value<T: MemoValue>() {}

/// A return type that was written as some `Result`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is named `Result`, but is not the standard library's",
    note = "give it another name where the function is memoized: `use path::Result as Answer;`"
)]
pub trait Fallible {
    type Value;
    type Error;

    /// # Errors
    /// If it is one.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// Picks how an error gets to those who wait for a computation: each has a copy, if there can be copies.
#[derive(Debug)]
pub struct Pick<E>(pub PhantomData<fn() -> E>);

impl<E: Clone + Send + Sync + 'static> Pick<E> {
    pub fn memo_sharing(&self) -> Shared {
        Shared
    }
}

/// What is picked where an error cannot be copied.
pub trait PickOther {
    fn memo_sharing(&self) -> Unshared {
        Unshared
    }
}

impl<E> PickOther for Pick<E> {}

/// A value that was computed, and whether it is stored.
///
/// # Errors
/// None: it is the same as [`try_made`].
pub fn made<V>(value: V, keep: impl FnOnce(&V) -> Keep) -> Result<Made<V>, Infallible> {
    try_made(Ok(value), keep)
}

/// What became of a computation and, if it is a value, whether that is stored.
///
/// # Errors
/// If the computation failed.
pub fn try_made<R: Fallible>(
    result: R,
    keep: impl FnOnce(&R::Value) -> Keep,
) -> Result<Made<R::Value>, R::Error> {
    let value = result.into_result()?;
    let keep = keep(&value);
    Ok(Made { value, keep })
}

/// Whether a closure speaks against storing a value.
#[inline]
pub fn objects<V>(value: &V, unless: impl FnOnce(&V) -> bool) -> bool {
    unless(value)
}

/// Runs the body of a function: of a closure that can run but once, it may give away what it has.
#[inline]
#[track_caller]
pub fn run<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// A future, of which it is said what it answers.
pub fn future_of<T, F: Future<Output = T>>(future: F) -> F {
    future
}
