//! What can be a key, asked for by name: so that the compiler says of an argument that cannot what to write instead.

use std::hash::Hash;

/// What can be a key as it is.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{Self}` is no key: it is not all of `Hash`, `Eq`, `Clone`, `Send` and `Sync`",
    label = "no key",
    note = "leave it out with `skip(…)`, or say what the key is with `key: Type = …`"
)]
pub trait KeyValue {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync> KeyValue for T {}

/// What can be a key by its owner: what a reference points to.
#[diagnostic::on_unimplemented(
    message = "an argument of type `&{Self}` is no key: what it points to is not all of `Hash`, `Eq`, `Clone`, `Send` and `Sync`",
    label = "no key",
    note = "leave it out with `skip(…)`, or say what the key is with `key: Type = …`"
)]
pub trait KeyTarget {}

#[diagnostic::do_not_recommend]
impl<T> KeyTarget for T
where
    T: ?Sized + ToOwned + Hash + Eq,
    T::Owned: Hash + Eq + Clone + Send + Sync,
{
}

/// What can be a key as it is, in a cache of one thread.
#[diagnostic::on_unimplemented(
    message = "an argument of type `{Self}` is no key: it is not all of `Hash`, `Eq` and `Clone`",
    label = "no key",
    note = "leave it out with `skip(…)`, or say what the key is with `key: Type = …`"
)]
pub trait LocalKeyValue {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone> LocalKeyValue for T {}

/// What can be a key by its owner, in a cache of one thread.
#[diagnostic::on_unimplemented(
    message = "an argument of type `&{Self}` is no key: what it points to is not all of `Hash`, `Eq` and `Clone`",
    label = "no key",
    note = "leave it out with `skip(…)`, or say what the key is with `key: Type = …`"
)]
pub trait LocalKeyTarget {}

#[diagnostic::do_not_recommend]
impl<T> LocalKeyTarget for T
where
    T: ?Sized + ToOwned + Hash + Eq,
    T::Owned: Hash + Eq + Clone,
{
}

#[inline]
pub fn check_local_key<T: LocalKeyValue>() {}

#[inline]
pub fn check_local_target<T: ?Sized + LocalKeyTarget>() {}

#[inline]
pub fn check_key<T: KeyValue>() {}

#[inline]
pub fn check_target<T: ?Sized + KeyTarget>() {}
