//! Memory that grows and never moves, in segments that are allocated as they are needed.
#![expect(
    unsafe_code,
    reason = "every read comes by here, and its place is known to be there"
)]

use std::ptr;

use super::seats::{Layout, SEGMENTS, Seat};
use crate::sync::atomic::{AtomicPtr, Ordering};

/// Arrays that are allocated when they are needed, and stay.
#[repr(C)] // the first one is the one that is used most
pub(super) struct Segments<T> {
    arrays: [AtomicPtr<T>; SEGMENTS],
    pub(super) layout: Layout,
}

impl<T> Segments<T> {
    pub(super) fn new(layout: Layout) -> Self {
        Segments {
            arrays: std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            layout,
        }
    }

    /// A place of the first segment.
    ///
    /// # Safety
    /// It is allocated, and has such a place.
    #[inline]
    pub(super) unsafe fn at_first(&self, offset: usize) -> *const T {
        // SAFETY: the caller vouches for it
        unsafe { self.arrays[0].load(Ordering::Acquire).add(offset) }
    }

    /// The place of a slot; null if its segment is not allocated.
    #[inline]
    pub(super) fn at(&self, seat: Seat) -> *const T {
        let first = self.arrays[seat.segment()].load(Ordering::Acquire);
        if first.is_null() {
            return first;
        }
        // SAFETY: the offset is less than the size of the segment
        unsafe { first.add(seat.offset()) }
    }

    /// The place of a slot.
    ///
    /// # Safety
    /// Its segment is allocated.
    #[inline]
    pub(super) unsafe fn at_allocated(&self, seat: Seat) -> *const T {
        // SAFETY: the caller vouches for the segment, and the offset is less than its size
        unsafe {
            let segment = self.arrays.get_unchecked(seat.segment());
            segment.load(Ordering::Acquire).add(seat.offset())
        }
    }

    /// Allocates a segment, if that is to be done yet, of a size that is told. One thread at a time.
    pub(super) fn allocate(&self, segment: usize, make: impl Fn(usize) -> Box<[T]>) {
        if self.arrays[segment].load(Ordering::Relaxed).is_null() {
            let first = Box::into_raw(make(self.layout.size(segment))).cast::<T>();
            self.arrays[segment].store(first, Ordering::Release);
        }
    }
}

impl<T> Drop for Segments<T> {
    fn drop(&mut self) {
        for (segment, first) in self.arrays.iter_mut().enumerate() {
            let first = *first.get_mut();
            if !first.is_null() {
                let slots = ptr::slice_from_raw_parts_mut(first, self.layout.size(segment));
                // SAFETY: it came from a box of this length
                drop(unsafe { Box::from_raw(slots) });
            }
        }
    }
}
