//! When the entries' ttls end: beside the entries, as many have none.
#![expect(unsafe_code, reason = "they stand where the entries' seats say")]

use super::seats::{Layout, Seat};
use super::segments::Segments;
use crate::clock::{NEVER, Nanos};
use crate::slots::SlotId;
use crate::sync::atomic::{AtomicU64, Ordering};

/// When the entries' ttls end, by slot. Of caches that have no ttls, this is a few null pointers.
pub(crate) struct Ends(Segments<AtomicU64>);

impl Ends {
    pub(super) fn new(layout: Layout) -> Self {
        Ends(Segments::new(layout))
    }

    /// When the ttl of a slot's entry ends.
    #[inline]
    pub(crate) fn of(&self, slot: SlotId) -> Nanos {
        self.at(self.0.layout.seat(slot)).get()
    }

    /// The end of the ttl of the entry there.
    #[inline]
    pub(super) fn at(&self, seat: Seat) -> EndOf<'_> {
        // SAFETY: the place is within its segment, if that is allocated; and its atomics are initialized
        EndOf(unsafe { self.0.at(seat).as_ref() })
    }

    /// Changes the end of a slot's ttl: for the owner.
    #[inline]
    pub(super) fn set(&self, seat: Seat, end: Nanos) {
        if end != NEVER || !self.0.at(seat).is_null() {
            self.write(seat, end);
        }
    }

    fn write(&self, seat: Seat, end: Nanos) {
        self.0.allocate(seat.segment(), |size| {
            (0..size).map(|_| AtomicU64::new(NEVER)).collect()
        });
        // SAFETY: as above; the segment is allocated
        let place = unsafe { &*self.0.at(seat) };
        place.store(end, Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Default for Ends {
    fn default() -> Self {
        Ends::new(Layout::expecting(0, 1))
    }
}

/// The end of an entry's ttl, for who has to know. None if it never had one.
pub(crate) struct EndOf<'a>(Option<&'a AtomicU64>);

impl EndOf<'_> {
    #[inline]
    pub(crate) fn get(&self) -> Nanos {
        self.0.map_or(NEVER, |end| end.load(Ordering::Relaxed))
    }
}
