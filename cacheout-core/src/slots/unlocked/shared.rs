//! The memory that readers and the writer share.
#![expect(
    unsafe_code,
    reason = "entries are read while others are written; see the module's documentation for the rules"
)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::ptr;
use std::sync::OnceLock;

use super::chunk::Found;
use super::lock::PlainLock;
use super::readers::{Section, Stay};
use super::segments::{self, SEGMENTS, Seat};
use super::table::Table;
use crate::clock::{NEVER, Nanos};
use crate::hash::HashWord;
use crate::slots::Node;
use crate::slots::{Look, SlotId};
use crate::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// The slots of one shard, their index, and their deadlines.
#[repr(C)] // what every read needs stands together
pub(super) struct Shared<K, V> {
    table: AtomicPtr<Table>,
    pub(super) ends: Ends,
    nodes: Segments<Slot<K, V>>,
    /// It owns entries, and drops them.
    owns: PhantomData<Node<K, V>>,
}

// SAFETY: `Shared` hands out `&K` and `&V` to several threads at once (so both must be `Sync`), and drops and moves them in
// whichever thread has the owner (so both must be `Send`). All else in it is atomic or guarded by the rules of the module.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Shared<K, V> {}
// SAFETY: it owns what is in it.
unsafe impl<K: Send, V: Send> Send for Shared<K, V> {}

/// Room for an entry.
struct Slot<K, V>(UnsafeCell<MaybeUninit<Node<K, V>>>);

impl<K, V> Shared<K, V> {
    pub(super) fn new() -> Self {
        Shared {
            table: AtomicPtr::new(Box::into_raw(Box::default())),
            ends: Ends::default(),
            nodes: Segments::new(),
            owns: PhantomData,
        }
    }

    /// What [`Section`]s of this memory's readers name it by.
    #[inline]
    pub(super) fn place(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Looks for an entry without a lock, and reads it.
    #[inline]
    pub(super) fn read<R>(
        &self,
        hash: HashWord,
        mut is_key: impl FnMut(&K) -> bool,
        read: impl FnOnce(&Node<K, V>, Nanos) -> Option<R>,
    ) -> Look<R> {
        let Some(_section) = Section::enter(self.place()) else {
            return Look::Unknown;
        };
        // SAFETY: this thread has entered, so the table is not freed before it leaves (rule 5)
        let table = unsafe { &*self.table.load(Ordering::Acquire) };
        let found = table.find(hash, |code| {
            let seat = code.seat();
            // SAFETY: the index names the slot, and this thread has entered (rules 2 to 4)
            let node = unsafe { self.node(seat) };
            is_key(&node.key).then_some((seat, node))
        });
        match found {
            None => Look::Missing,
            Some(Found { is_sure: false, .. }) => Look::Unknown,
            Some(Found { found, .. }) => {
                let (seat, node) = found;
                read(node, self.ends.at(seat)).map_or(Look::Unknown, Look::Found)
            }
        }
    }

    /// The present table, for the writer.
    ///
    /// # Safety
    /// The caller is the owner, and does not use the answer beyond [`replace_table`](Self::replace_table).
    pub(super) unsafe fn table(&self) -> &Table {
        // SAFETY: the owner alone replaces and frees it
        unsafe { &*self.table.load(Ordering::Relaxed) }
    }

    /// Makes another table the present one; the old one, which readers may still use, is answered.
    pub(super) fn replace_table(&self, table: Box<Table>) -> OldTable {
        OldTable(self.table.swap(Box::into_raw(table), Ordering::AcqRel))
    }

    /// Allocates the segment of a slot.
    pub(super) fn allocate(&self, seat: Seat) {
        self.nodes.allocate(seat.segment(), |size| {
            // SAFETY: a slot is nothing but room, which need not be initialized
            unsafe { Box::new_uninit_slice(size).assume_init() }
        });
    }

    /// An entry.
    ///
    /// # Safety
    /// The slot holds one, and keeps it for as long as the answer is used: the index names the slot and this thread has
    /// entered, or the caller is the owner and does not write the slot meanwhile.
    #[inline]
    pub(super) unsafe fn node(&self, seat: Seat) -> &Node<K, V> {
        // SAFETY: a slot that holds an entry is in an allocated segment, and the caller vouches for the rest
        unsafe { (*(*self.nodes.at_allocated(seat)).0.get()).assume_init_ref() }
    }

    /// Keeps an entry for as long as the answer lives, whatever becomes of its slot meanwhile.
    ///
    /// # Safety
    /// The caller is the owner, and the slot holds an entry.
    #[inline]
    pub(super) unsafe fn pin(&self, seat: Seat) -> Pinned<'_, K, V> {
        let stay = Stay::begin(self.place());
        Pinned {
            // SAFETY: the slot holds an entry; who takes it out comes after this owner, so sees that this thread is here, and
            // does not empty the slot before it has left (rule 3)
            node: unsafe { self.node(seat) },
            _stay: stay,
        }
    }

    /// Fills a slot.
    ///
    /// # Safety
    /// The caller is the owner, the slot is in an allocated segment, holds nothing, and is named by no index.
    pub(super) unsafe fn write(&self, seat: Seat, node: Node<K, V>) {
        // SAFETY: nobody else has this slot
        unsafe { (*(*self.nodes.at_allocated(seat)).0.get()).write(node) };
    }

    /// Empties a slot.
    ///
    /// # Safety
    /// The caller is the owner, the slot holds an entry, no index names it, and nobody reads it any more.
    pub(super) unsafe fn take(&self, seat: Seat) -> Node<K, V> {
        // SAFETY: nobody else has this slot, and it counts as empty from now on
        unsafe { (*(*self.nodes.at_allocated(seat)).0.get()).assume_init_read() }
    }
}

impl<K, V> Drop for Shared<K, V> {
    fn drop(&mut self) {
        // SAFETY: it came from a box, and there is neither reader nor owner any more
        let table = unsafe { Box::from_raw(*self.table.get_mut()) };
        // SAFETY: the index names these slots, so they hold entries; nobody else is here
        table.each_seat(&mut |code| drop(unsafe { self.take(code.seat()) }));
    }
}

/// When the entries' ttls end, by slot. Of caches that have no ttls, this is empty.
#[derive(Default)]
pub(crate) struct Ends(OnceLock<Box<Segments<AtomicU64>>>);

impl Ends {
    /// When the ttl of a slot's entry ends.
    #[inline]
    pub(crate) fn of(&self, slot: SlotId) -> Nanos {
        self.at(Seat::of(slot))
    }

    /// When the ttl of the entry there ends.
    #[inline]
    pub(super) fn at(&self, seat: Seat) -> Nanos {
        let Some(ends) = self.0.get() else {
            return NEVER;
        };
        // SAFETY: the place is within its segment, if that is allocated; and its atomics are initialized
        let end = unsafe { ends.at(seat).as_ref() };
        end.map_or(NEVER, |end| end.load(Ordering::Relaxed))
    }

    /// Changes the end of a slot's ttl: for the owner.
    #[inline]
    pub(super) fn set(&self, seat: Seat, end: Nanos) {
        if end != NEVER || self.0.get().is_some() {
            self.write(seat, end);
        }
    }

    fn write(&self, seat: Seat, end: Nanos) {
        let ends = self.0.get_or_init(Box::default);
        ends.allocate(seat.segment(), |size| {
            (0..size).map(|_| AtomicU64::new(NEVER)).collect()
        });
        // SAFETY: as above; the segment is allocated
        let place = unsafe { &*ends.at(seat) };
        place.store(end, Ordering::Relaxed);
    }
}

/// What one thread at a time may use: the writer's half of a shard, and all that goes with it.
#[repr(C)] // the lock and what is used first stand together
pub(crate) struct Guarded<T> {
    lock: PlainLock,
    value: UnsafeCell<T>,
}

// SAFETY: one thread at a time has the value, as `&mut T`: that is as good as sending it there. Who panics meanwhile leaves
// it as it is, which is not a matter of memory.
unsafe impl<T: Send> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Guarded {
            lock: PlainLock::default(),
            value: UnsafeCell::new(value),
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        self.lock.acquire();
        Held(self, PhantomData)
    }
}

/// While this lives, its thread has the value. It stays in its thread, and is not shown to others: the value may not be
/// `Sync`.
pub(crate) struct Held<'a, T>(&'a Guarded<T>, PhantomData<*mut T>);

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: this holds the lock, so nobody else has the value, but for what borrows this
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this is borrowed by nobody else
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.lock.release();
    }
}

/// A value that stays in memory while this lives.
pub(crate) struct Pinned<'a, K, V> {
    node: &'a Node<K, V>,
    _stay: Stay,
}

impl<K, V> Deref for Pinned<'_, K, V> {
    type Target = V;

    #[inline]
    fn deref(&self) -> &V {
        &self.node.value
    }
}

/// A table that is not the present one any more, and is to be freed.
pub(super) struct OldTable(*mut Table);

// SAFETY: a table is made of integers
unsafe impl Send for OldTable {}
// SAFETY: as above
unsafe impl Sync for OldTable {}

impl OldTable {
    /// Frees some.
    ///
    /// # Safety
    /// No reader that entered before they were replaced is still there.
    pub(super) unsafe fn free_all(tables: &mut Vec<OldTable>) {
        for table in tables.drain(..) {
            // SAFETY: it came from a box, and nobody uses it
            drop(unsafe { Box::from_raw(table.0) });
        }
    }
}

/// Arrays that are allocated when they are needed, and stay.
struct Segments<T>([AtomicPtr<T>; SEGMENTS]);

impl<T> Segments<T> {
    fn new() -> Self {
        Segments(std::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())))
    }

    /// The place of a slot; null if its segment is not allocated.
    #[inline]
    fn at(&self, seat: Seat) -> *const T {
        let first = self.0[seat.segment()].load(Ordering::Acquire);
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
    unsafe fn at_allocated(&self, seat: Seat) -> *const T {
        // SAFETY: the caller vouches for the segment, and the offset is less than its size
        unsafe {
            let segment = self.0.get_unchecked(seat.segment());
            segment.load(Ordering::Acquire).add(seat.offset())
        }
    }

    /// Allocates a segment, if that is to be done yet, of a size that is told. One thread at a time.
    fn allocate(&self, segment: usize, make: impl Fn(usize) -> Box<[T]>) {
        if self.0[segment].load(Ordering::Relaxed).is_null() {
            let first = Box::into_raw(make(segments::size(segment))).cast::<T>();
            self.0[segment].store(first, Ordering::Release);
        }
    }
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for Segments<T> {
    fn drop(&mut self) {
        for (segment, first) in self.0.iter_mut().enumerate() {
            let first = *first.get_mut();
            if !first.is_null() {
                let slots = ptr::slice_from_raw_parts_mut(first, segments::size(segment));
                // SAFETY: it came from a box of this length
                drop(unsafe { Box::from_raw(slots) });
            }
        }
    }
}
