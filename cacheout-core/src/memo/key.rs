//! Arguments as keys: looked up as they are borrowed, owned only when something is stored.
//!
//! The macro sees an argument's type and wraps a reference to it in one of the views below; each knows the owned type
//! that is stored for it, and hashes and compares like that.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use crate::lookup::Lookup;

/// A view of an argument, or of a part of one.
pub trait Part {
    /// What is stored for it.
    type Key: Hash + Eq + Clone;

    /// Hashes as the key does.
    fn hash_part<H: Hasher>(&self, state: &mut H);

    /// Whether this would become `key`.
    fn is(&self, key: &Self::Key) -> bool;

    fn to_part(&self) -> Self::Key;
}

/// A value that is its own key.
#[derive(Debug)]
pub struct Same<'a, T>(pub &'a T);

/// A value that is its own key.
pub fn same<T>(value: &T) -> Same<'_, T> {
    Same(value)
}

impl<T: Hash + Eq + Clone> Part for Same<'_, T> {
    type Key = T;

    #[inline]
    fn hash_part<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }

    #[inline]
    fn is(&self, key: &T) -> bool {
        self.0 == key
    }

    #[inline]
    fn to_part(&self) -> T {
        self.0.clone()
    }
}

/// What a reference points to: stored as its owner (`String` for `str`, `T` for a `T` that can be cloned).
#[derive(Debug)]
pub struct ToOwnedPart<'a, T: ?Sized>(pub &'a T);

impl<T> Part for ToOwnedPart<'_, T>
where
    T: ?Sized + ToOwned + Hash + Eq,
    T::Owned: Hash + Eq + Clone,
{
    type Key = T::Owned;

    #[inline]
    fn hash_part<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }

    #[inline]
    fn is(&self, key: &T::Owned) -> bool {
        self.0 == Borrow::<T>::borrow(key)
    }

    #[inline]
    fn to_part(&self) -> T::Owned {
        self.0.to_owned()
    }
}

/// An `Option`, with a view of what is in it.
#[derive(Debug)]
pub struct Maybe<P>(pub Option<P>);

impl<P: Part> Part for Maybe<P> {
    type Key = Option<P::Key>;

    #[inline]
    fn hash_part<H: Hasher>(&self, state: &mut H) {
        discriminant(&self.0).hash(state); // as the derived `Hash` of `Option` does
        if let Some(part) = &self.0 {
            part.hash_part(state);
        }
    }

    #[inline]
    fn is(&self, key: &Option<P::Key>) -> bool {
        match (&self.0, key) {
            (Some(part), Some(key)) => part.is(key),
            (None, None) => true,
            _ => false,
        }
    }

    #[inline]
    fn to_part(&self) -> Option<P::Key> {
        self.0.as_ref().map(P::to_part)
    }
}

/// A slice, with a view of each element.
#[expect(missing_debug_implementations, reason = "it holds a closure")]
pub struct Each<'a, T, F>(&'a [T], F);

/// A slice, each element of which `view` looks at.
pub fn each<'a, T, P: Part, F: Fn(&'a T) -> P>(slice: &'a [T], view: F) -> Each<'a, T, F> {
    Each(slice, view)
}

/// The owned form of a sequence of which each element has a key of its own.
///
/// It hashes element by element, as its view does: a `Vec` of integers would hash all of its memory at once.
#[derive(Clone, PartialEq, Eq)]
pub struct Sequence<T>(Vec<T>);

impl<T: Hash> Hash for Sequence<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        for item in &self.0 {
            item.hash(state);
        }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Sequence<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<'a, T, P, F> Part for Each<'a, T, F>
where
    P: Part,
    F: Fn(&'a T) -> P,
{
    type Key = Sequence<P::Key>;

    fn hash_part<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        for item in self.0 {
            self.1(item).hash_part(state);
        }
    }

    fn is(&self, key: &Sequence<P::Key>) -> bool {
        let key = &key.0;
        self.0.len() == key.len()
            && self
                .0
                .iter()
                .zip(key)
                .all(|(item, key)| self.1(item).is(key))
    }

    fn to_part(&self) -> Sequence<P::Key> {
        Sequence(self.0.iter().map(|item| self.1(item).to_part()).collect())
    }
}

/// Several views together: stored as a tuple.
#[derive(Debug)]
pub struct Together<T>(pub T);

macro_rules! together {
    ($($name:ident $at:tt),*) => {
        impl<$($name: Part),*> Part for Together<($($name,)*)> {
            type Key = ($($name::Key,)*);

            #[inline]
            fn hash_part<HH: Hasher>(&self, _state: &mut HH) {
                $(self.0.$at.hash_part(_state);)*
            }

            #[inline]
            fn is(&self, _key: &Self::Key) -> bool {
                true $(&& self.0.$at.is(&_key.$at))*
            }

            #[inline]
            #[allow(clippy::unused_unit, reason = "of no views, the key is the unit")]
            fn to_part(&self) -> Self::Key {
                ($(self.0.$at.to_part(),)*)
            }
        }
    };
}

together!();
together!(A 0);
together!(A 0, B 1);
together!(A 0, B 1, C 2);
together!(A 0, B 1, C 2, D 3);
together!(A 0, B 1, C 2, D 3, E 4);
together!(A 0, B 1, C 2, D 3, E 4, F 5);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
together!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// The arguments of one call, to look up in a cache whose keys are the arguments' own.
#[derive(Debug)]
pub struct Call<P>(pub P);

impl<P: Part> Lookup<P::Key> for Call<P> {
    #[inline]
    fn hash_key<H: Hasher>(&self, state: &mut H) {
        self.0.hash_part(state);
    }

    #[inline]
    fn equals(&self, key: &P::Key) -> bool {
        self.0.is(key)
    }

    #[inline]
    fn to_key(&self) -> P::Key {
        self.0.to_part()
    }
}

#[cfg(test)]
mod tests {
    use super::super::float::Float;
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    #[track_caller]
    fn agrees<P: Part>(part: &P)
    where
        P::Key: std::fmt::Debug,
    {
        let state = RandomState::new();
        let key = part.to_part();
        let mut hasher = state.build_hasher();
        part.hash_part(&mut hasher);
        assert_eq!(hasher.finish(), state.hash_one(&key), "{key:?}");
        assert!(part.is(&key), "{key:?}");
    }

    #[test]
    fn views_hash_and_compare_as_their_keys() {
        agrees(&Same(&7u8));
        agrees(&ToOwnedPart("text"));
        agrees(&ToOwnedPart(&[1u8, 2][..]));
        agrees(&ToOwnedPart(std::path::Path::new("/a/b")));
        agrees(&Float(&f64::NAN));
        agrees(&Float(&-0.0f32));
        agrees(&Maybe(Some(ToOwnedPart("a"))));
        agrees(&Maybe(None::<ToOwnedPart<'_, str>>));
        agrees(&each(&[1.0, -0.0], Float));
        agrees(&each(&[&1u32, &2], |number| ToOwnedPart(*number)));
        agrees(&each(&["a", "b"], |text| ToOwnedPart(*text)));
        agrees(&Together(()));
        agrees(&Together((Same(&1), ToOwnedPart("x"), Float(&0.5))));
    }
}
