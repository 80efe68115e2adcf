//! Equal values of different types as one key, as in the Python original.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::float::FloatKey;
use super::key::Part;

/// What equals across types: 1, `1u8` and 1.0 are one key, and so are `"a"` and `String::from("a")`.
///
/// A generic function that is memoized without `typed = true` takes its arguments of generic types by this. It is
/// implemented for integers, floats, `bool` (true is 1, as in Python) and text.
///
/// ```
/// use cacheout::Untyped;
/// assert_eq!(1u8.untyped(), 1.0f64.untyped());
/// assert_eq!("a".untyped(), String::from("a").untyped());
/// assert_ne!(1.untyped(), "1".untyped());
/// ```
#[diagnostic::on_unimplemented(
    message = "values of type `{Self}` cannot be compared with those of other types",
    note = "write `typed = true` to keep types apart, or `skip(…)` or `key: Type = …`"
)]
pub trait Untyped {
    /// The value, apart from its type.
    fn untyped(&self) -> UntypedRef<'_>;
}

/// A value apart from its type, as it is stored; see [`Untyped`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UntypedKey(Value<Arc<str>>);

/// A value apart from its type, as it is looked up; see [`Untyped`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UntypedRef<'a>(Value<&'a str>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value<T> {
    /// Every integer of a primitive type but those of `u128` that are beyond it, and every float that is one.
    Int(i128),
    Large(u128),
    Float(FloatKey<f64>),
    Text(T),
}

impl<T: Hash> Hash for Value<T> {
    /// By the value alone: the variants hold what differs anyway.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Value::Int(value) => value.hash(state),
            Value::Large(value) => value.hash(state),
            Value::Float(value) => value.hash(state),
            Value::Text(value) => value.hash(state),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Value<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Int(value) => value.fmt(f),
            Value::Large(value) => value.fmt(f),
            Value::Float(value) => value.fmt(f),
            Value::Text(value) => value.fmt(f),
        }
    }
}

impl fmt::Debug for UntypedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for UntypedRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! integers {
    ($($int:ty),*) => {
        $(
            impl Untyped for $int {
                #[inline]
                fn untyped(&self) -> UntypedRef<'_> {
                    UntypedRef(Value::Int(i128::from(*self)))
                }
            }
        )*
    };
}

integers!(u8, u16, u32, u64, i8, i16, i32, i64, i128, bool);

impl Untyped for u128 {
    #[inline]
    fn untyped(&self) -> UntypedRef<'_> {
        UntypedRef(i128::try_from(*self).map_or(Value::Large(*self), Value::Int))
    }
}

impl Untyped for usize {
    #[inline]
    fn untyped(&self) -> UntypedRef<'_> {
        UntypedRef(Value::Int(*self as i128)) // no machine's is wider than 64 bits
    }
}

impl Untyped for isize {
    #[inline]
    fn untyped(&self) -> UntypedRef<'_> {
        UntypedRef(Value::Int(*self as i128))
    }
}

impl Untyped for f64 {
    #[inline]
    fn untyped(&self) -> UntypedRef<'_> {
        float(*self)
    }
}

impl Untyped for f32 {
    #[inline]
    fn untyped(&self) -> UntypedRef<'_> {
        float(f64::from(*self))
    }
}

/// A whole number as the integer that it equals, any other as itself.
fn float(value: f64) -> UntypedRef<'static> {
    // 2^127, which a float holds exactly: below it, every whole float is an `i128`
    const LIMIT: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    let is_whole = value.fract() == 0.0;
    UntypedRef(if is_whole && (-LIMIT..LIMIT).contains(&value) {
        Value::Int(value as i128)
    } else if is_whole && (LIMIT..2.0 * LIMIT).contains(&value) {
        Value::Large(value as u128)
    } else {
        Value::Float(FloatKey::new(value))
    })
}

impl Untyped for str {
    fn untyped(&self) -> UntypedRef<'_> {
        UntypedRef(Value::Text(self))
    }
}

macro_rules! texts {
    ($($text:ty),*) => {
        $(
            impl Untyped for $text {
                fn untyped(&self) -> UntypedRef<'_> {
                    str::untyped(self)
                }
            }
        )*
    };
}

texts!(String, Box<str>, Arc<str>, Cow<'_, str>);

impl<T: ?Sized + Untyped> Untyped for &T {
    fn untyped(&self) -> UntypedRef<'_> {
        T::untyped(self)
    }
}

impl Part for UntypedRef<'_> {
    type Key = UntypedKey;

    #[inline]
    fn hash_part<H: Hasher>(&self, state: &mut H) {
        self.hash(state);
    }

    #[inline]
    fn is(&self, key: &UntypedKey) -> bool {
        match (&self.0, &key.0) {
            (Value::Int(one), Value::Int(other)) => one == other,
            (Value::Large(one), Value::Large(other)) => one == other,
            (Value::Float(one), Value::Float(other)) => one == other,
            (Value::Text(one), Value::Text(other)) => **one == **other,
            _ => false,
        }
    }

    fn to_part(&self) -> UntypedKey {
        UntypedKey(match self.0 {
            Value::Int(value) => Value::Int(value),
            Value::Large(value) => Value::Large(value),
            Value::Float(value) => Value::Float(value),
            Value::Text(value) => Value::Text(value.into()),
        })
    }
}
