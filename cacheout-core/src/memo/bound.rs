//! What the names in an argument's pattern are bound to before the argument is given away.

/// Picks the value that a name is bound to, if looking at it makes a copy of it.
#[derive(Debug)]
pub struct PickBound<'a, T: ?Sized>(pub &'a T);

impl<T: Copy> PickBound<'_, T> {
    pub fn memo_bound(&self) -> T {
        *self.0
    }
}

/// What is picked of other types: a reference.
pub trait PickBoundOther<'a> {
    type Value: ?Sized;

    fn memo_bound(&self) -> &'a Self::Value;
}

impl<'a, T: ?Sized> PickBoundOther<'a> for PickBound<'a, T> {
    type Value = T;

    fn memo_bound(&self) -> &'a T {
        self.0
    }
}
