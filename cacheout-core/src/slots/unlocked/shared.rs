//! The memory that readers and the writer share.
#![expect(
    unsafe_code,
    reason = "entries are read while others are written; see the module's documentation for the rules"
)]

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::{MaybeUninit, needs_drop};
use std::ptr;
use std::sync::OnceLock;

use super::chunk::{Chunk, Found};
use super::ends::{EndOf, Ends};
use super::instructions::fetch;
use super::kept::{Candidate, Pinned};
use super::limbo::Batch;
use super::readers::{Section, Stay};
use super::seats::{Layout, Seat, SeatCode};
use super::segments::Segments;
use super::table::{Table, home};
use crate::hash::HashWord;
use crate::slots::node::Word;
use crate::slots::{Look, Mark, Node};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

/// The slots of one shard, their index, and their deadlines.
#[repr(C, align(512))] // what every read needs stands together, and the size is a power of two
pub(crate) struct Shared<K, V> {
    /// How many chunks there are, or were: written last, and it never becomes less.
    count: AtomicUsize,
    /// The first of the table's chunks.
    chunks: AtomicPtr<Chunk>,
    nodes: Segments<Slot<K, V>>,
    pub(super) ends: Ends,
    table: AtomicPtr<Table>,
    /// Whether somebody owns it, or did.
    is_claimed: AtomicBool,
    /// What the owner had given up, and not taken back, when it went.
    left: OnceLock<Batch>,
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
    /// Memory that is laid out like this.
    pub(super) fn new(layout: Layout) -> Self {
        let shared = Shared {
            count: AtomicUsize::new(0),
            chunks: AtomicPtr::new(ptr::null_mut()),
            ends: Ends::new(layout),
            nodes: Segments::new(layout),
            table: AtomicPtr::new(ptr::null_mut()),
            is_claimed: AtomicBool::new(false),
            left: OnceLock::new(),
            owns: PhantomData,
        };
        shared.show_table(Box::default());
        shared
    }

    /// Whether the caller is the first to ask, and so becomes the owner.
    pub(super) fn claim(&self) -> bool {
        !self.is_claimed.swap(true, Ordering::AcqRel)
    }

    #[inline]
    pub(super) fn layout(&self) -> Layout {
        self.nodes.layout
    }

    /// What [`Section`]s of this memory's readers name it by.
    #[inline]
    pub(super) fn place(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    /// Reads the value of a key, if that is done at once, as it mostly is; else continues by the last two. All that a hit takes is
    /// here: each instruction counts.
    ///
    /// It is looked at where most entries are, the first one in its chunk with its tag. If it is the key's, `finish` leaves its mark;
    /// if that is all, it is read. Else it may be on its way in, which its mark tells; or something is to be done besides: that is
    /// `found`. All else is `missing`, there or not: most likely not, if that is told true, for those who ask (`ASKS`).
    #[inline(always)]
    pub(crate) fn glance<const ASKS: bool, R>(
        &self,
        hash: HashWord,
        is_key: impl Fn(&K) -> bool,
        finish: impl FnOnce(&Mark) -> bool,
        read: impl FnOnce(&V) -> R,
        found: impl FnOnce(Candidate<'_, K, V>) -> R,
        missing: impl FnOnce(bool) -> R,
    ) -> R {
        let Some(section) = Section::reenter(self.place()) else {
            return missing(false);
        };
        // SAFETY: this thread has entered
        let home = unsafe { self.home(hash) };
        let Some(code) = home.candidate(hash) else {
            let is_likely = ASKS && home.lacks(hash);
            drop(section);
            return missing(is_likely);
        };
        // SAFETY: the index names the slot, and the thread has entered (rules 2 to 4)
        let node = unsafe { self.node_quickly(code) };
        if !is_key(&node.key) {
            drop(section);
            return missing(false);
        }
        if !finish(&node.mark) {
            let end = self.ends.at(code.seat());
            return found(Candidate { node, end, section });
        }
        read(&node.value)
    }

    /// The entry that a glance would look at, for the owner.
    ///
    /// # Safety
    /// The caller is the owner, and changes nothing while the answer is used.
    #[inline(always)]
    pub(super) unsafe fn glimpse(&self, hash: HashWord) -> Option<&Node<K, V>> {
        // SAFETY: the caller vouches for it
        let code = unsafe { self.home(hash) }.candidate(hash)?;
        // SAFETY: the index names the slot, and it is not written
        Some(unsafe { self.node_quickly(code) })
    }

    /// The chunk where the search for a hash starts. While the table is replaced by a larger one, a reader may see another: it must
    /// not conclude that something is missing.
    ///
    /// # Safety
    /// This thread has entered, and does not use the answer beyond that; or the caller is the owner, and changes nothing meanwhile.
    #[inline(always)]
    pub(super) unsafe fn home(&self, hash: HashWord) -> &Chunk {
        let count = self.count.load(Ordering::Acquire);
        let chunks = self.chunks.load(Ordering::Acquire);
        // SAFETY: the table is not freed before the thread leaves (rule 5), or before its owner replaces it; and it has as many
        // chunks at least: a table is there before its count is, and has no fewer than the one before
        unsafe { &*chunks.add(home(hash, count)) }
    }

    /// Finds the entry of a key without a lock, wherever it is, expired or not, and reads it. Where `read` answers none, the answer is
    /// unknown: what has expired is removed under the lock.
    ///
    /// While `is_key` and `read` run, nothing is locked, but what was removed from this shard is not dropped.
    #[inline]
    pub(crate) fn read<R>(
        &self,
        hash: HashWord,
        is_key: impl Fn(&K) -> bool,
        read: impl FnOnce(&Node<K, V>, EndOf<'_>) -> Option<R>,
    ) -> Look<R> {
        let Some(_section) = Section::enter(self.place()) else {
            return Look::Unknown;
        };
        // SAFETY: this thread has entered, so the table is not freed before it leaves (rule 5)
        let table = unsafe { &*self.table.load(Ordering::Acquire) };
        if table.lacks(hash) {
            return Look::Missing;
        }
        let found = table.find(hash, |code| {
            // SAFETY: the index names the slot, and this thread has entered (rules 2 to 4)
            let node = unsafe { self.node(code.seat()) };
            is_key(&node.key).then_some((code, node))
        });
        match found {
            None => Look::Missing,
            Some(Found { is_sure: false, .. }) => Look::Unknown,
            Some(Found { found, .. }) => {
                let (code, node) = found;
                read(node, self.ends.at(code.seat())).map_or(Look::Unknown, Look::Found)
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

    /// Makes another table the present one; the old one, which readers may still use, is answered. It has no more chunks than
    /// the new one.
    pub(super) fn replace_table(&self, table: Box<Table>) -> OldTable {
        assert!(self.count.load(Ordering::Relaxed) <= table.chunks().len());
        OldTable(self.show_table(table))
    }

    fn show_table(&self, table: Box<Table>) -> *mut Table {
        let table = Box::into_raw(table);
        // SAFETY: it came from a box, and nobody changes it but by its atomics
        let chunks = unsafe { &*table }.chunks();
        let first = chunks.as_ptr().cast_mut();
        self.chunks.store(first, Ordering::Release);
        self.count.store(chunks.len(), Ordering::Release);
        self.table.swap(table, Ordering::AcqRel)
    }

    /// Keeps what the owner gave up until all is dropped: whoever has the memory may read it.
    pub(super) fn leave(&self, given_up: Batch) {
        let _ = self.left.set(given_up);
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

    /// The word of what is or was in a slot.
    ///
    /// # Safety
    /// The caller is the owner, and does not fill the slot while the answer is used; it was filled before, or its word
    /// [emptied](Self::empty_word).
    #[inline(always)]
    pub(super) unsafe fn word(&self, seat: Seat) -> &Word {
        // SAFETY: the segment is allocated, and the word was written. It is an integer, so it stays when an entry is moved out,
        // and atomic, so it may be written while others look at the entry
        unsafe {
            &(*(*self.nodes.at_allocated(seat))
                .0
                .get()
                .cast::<Node<K, V>>())
            .word
        }
    }

    /// Makes the word of a slot that was never filled one of no entry.
    ///
    /// # Safety
    /// The caller is the owner, and the slot is in an allocated segment.
    pub(super) unsafe fn empty_word(&self, seat: Seat) {
        // SAFETY: nobody else has this slot
        unsafe {
            let node = (*self.nodes.at_allocated(seat))
                .0
                .get()
                .cast::<Node<K, V>>();
            (&raw mut (*node).word).write(Word::none());
        }
    }

    /// [`node`](Self::node), for whom a load is too many: that of the first segment waits for nothing.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    unsafe fn node_quickly(&self, code: SeatCode) -> &Node<K, V> {
        // SAFETY: as there
        let slot = unsafe {
            match code.in_first() {
                Some(offset) => self.nodes.at_first(offset),
                None => self.nodes.at_allocated(code.seat()),
            }
        };
        // SAFETY: as there
        unsafe { (*(*slot).0.get()).assume_init_ref() }
    }

    /// Has the memory of a slot arrive, whatever is there.
    #[inline]
    pub(super) fn fetch(&self, seat: Seat) {
        fetch(self.nodes.at(seat));
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
        let mut left = self.left.take().unwrap_or_default();
        // SAFETY: they came from boxes, and there is neither reader nor owner any more
        unsafe { OldTable::free_all(&mut left.tables) };
        // SAFETY: as above
        let table = unsafe { Box::from_raw(*self.table.get_mut()) };
        if needs_drop::<Node<K, V>>() {
            // one vector, as that goes on when a destructor panics
            let mut nodes = Vec::new();
            // SAFETY: no index names these slots since they held entries, and nobody else is here
            let take = |slot| unsafe { self.take(self.layout().seat(slot)) };
            nodes.extend(left.slots.into_iter().map(take));
            // SAFETY: the index names these slots, so they hold entries; nobody else is here
            table.each_seat(&mut |code| nodes.push(unsafe { self.take(code.seat()) }));
        }
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
