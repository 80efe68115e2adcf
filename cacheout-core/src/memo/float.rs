//! Floating-point arguments as keys.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::key::Part;

/// A floating-point number, by value: NaN equals itself, and −0.0 equals 0.0.
#[derive(Debug)]
pub struct Float<'a, T>(pub &'a T);

/// The key of a floating-point argument: `NaN` equals itself, and −0.0 equals 0.0.
///
/// ```
/// use cacheout::FloatKey;
/// assert_eq!(FloatKey::new(-0.0), FloatKey::new(0.0));
/// assert_eq!(FloatKey::new(f64::NAN), FloatKey::new(-f64::NAN));
/// assert_eq!(FloatKey::new(1.5f32).get(), 1.5);
/// ```
#[derive(Clone, Copy)]
pub struct FloatKey<T>(T);

impl<T: Floating> FloatKey<T> {
    /// The key of `value`.
    pub fn new(value: T) -> Self {
        FloatKey(value)
    }

    /// The number, as it was first seen.
    pub fn get(self) -> T {
        self.0
    }
}

impl<T: Floating> PartialEq for FloatKey<T> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0.bits() == other.0.bits()
    }
}

impl<T: Floating> Eq for FloatKey<T> {}

impl<T: Floating> Hash for FloatKey<T> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.bits().hash(state);
    }
}

impl<T: fmt::Debug> fmt::Debug for FloatKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `f32` and `f64`.
pub trait Floating: Copy {
    /// One pattern for each value: of all NaNs, and of both zeros.
    fn bits(self) -> u64;
}

impl Floating for f64 {
    #[inline]
    fn bits(self) -> u64 {
        if self.is_nan() {
            f64::NAN.to_bits()
        } else {
            (self + 0.0).to_bits() // −0.0 + 0.0 is 0.0
        }
    }
}

impl Floating for f32 {
    #[inline]
    fn bits(self) -> u64 {
        f64::from(self).bits()
    }
}

impl<T: Floating> Part for Float<'_, T> {
    type Key = FloatKey<T>;

    #[inline]
    fn hash_part<H: Hasher>(&self, state: &mut H) {
        self.0.bits().hash(state);
    }

    #[inline]
    fn is(&self, key: &FloatKey<T>) -> bool {
        self.0.bits() == key.0.bits()
    }

    #[inline]
    fn to_part(&self) -> FloatKey<T> {
        FloatKey(*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_keys_by_value() {
        assert_eq!(FloatKey::new(f64::NAN), FloatKey::new(-f64::NAN));
        assert_eq!(FloatKey::new(-0.0), FloatKey::new(0.0));
        assert_ne!(FloatKey::new(1.0), FloatKey::new(-1.0));
        assert!(Float(&-0.0).is(&FloatKey::new(0.0)));
        assert!(!Float(&f64::INFINITY).is(&FloatKey::new(f64::NAN)));
    }
}
