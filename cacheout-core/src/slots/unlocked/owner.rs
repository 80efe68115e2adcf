//! The writer's half of a shard's slots.
#![expect(
    unsafe_code,
    reason = "slots are written while others are read; see the module's documentation for the rules"
)]

use std::mem::needs_drop;

use super::ends::Ends;
use super::kept::Pinned;
use super::limbo::{self, Batch, Limbo};
use super::readers;
use super::seats::Seat;
use super::shared::OldTable;
use super::view::{View, Views};
use crate::clock::Nanos;
use crate::hash::HashWord;
use crate::slots::{Mark, Node, SlotId};

/// An index of more entries is freed as soon as it can be, and smaller ones with the next slots that are given up.
const LARGE: usize = 1 << 10;

/// Writes entries: one for each shard, behind its lock.
///
/// The slots that its methods are given must be in use: they came from it, and were not given up since. Where they are read or
/// written, that is checked.
pub(crate) struct Owner<K, V> {
    shared: View<K, V>,
    /// Whether others read it, so that what is given up may be in use.
    is_viewed: bool,
    len: usize,
    /// How many entries there will be at most, as far as is known.
    limit: usize,
    /// Slots below this number were in use at least once.
    fresh: SlotId,
    free: Batch,
    limbo: Limbo,
    /// Entries that nobody reads any more, to be dropped when no lock is held.
    dead: Vec<Node<K, V>>,
}

/// A slot that was filled, and that no index names yet.
#[must_use]
pub(crate) struct Unlisted {
    slot: SlotId,
    seat: Seat,
}

impl Unlisted {
    #[inline]
    pub(crate) fn slot(&self) -> SlotId {
        self.slot
    }
}

impl<K, V> Owner<K, V> {
    /// Slots that nobody else reads, for so many entries.
    pub(crate) fn alone(limit: usize) -> Self {
        Owner::new(Views::new(1, limit).view(0), false)
    }

    /// The owner of a shard's memory: it has one.
    pub(crate) fn of(view: View<K, V>) -> Self {
        // asked for here, as it takes milliseconds where other threads run, and caches are mostly built before
        readers::prepare();
        Owner::new(view, true)
    }

    fn new(shared: View<K, V>, is_viewed: bool) -> Self {
        assert!(shared.claim(), "a shard has one owner");
        Owner {
            shared,
            is_viewed,
            len: 0,
            limit: usize::MAX,
            fresh: 0,
            free: Batch::default(),
            limbo: Limbo::default(),
            dead: Vec::new(),
        }
    }

    /// Says how many entries there will be at most, or nearly so: the index is not made for more before it has to be.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// The number of entries.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All slots that are in use, in no order.
    pub(crate) fn slots(&self) -> Vec<SlotId> {
        // SAFETY: this is the owner, borrowed for as long as the table is
        let seats = unsafe { self.shared.table() }.seats();
        let layout = self.shared.layout();
        seats.into_iter().map(|seat| layout.slot(seat)).collect()
    }

    /// The entry in a slot.
    #[inline(always)]
    pub(crate) fn node(&self, slot: SlotId) -> &Node<K, V> {
        let (seat, _) = self.in_use(slot);
        // SAFETY: the slot holds an entry, and is not written while the owner is borrowed
        unsafe { self.shared.node(seat) }
    }

    /// Keeps a value beyond the owner's lock, for as long as the owner's view lives.
    #[inline]
    pub(crate) fn pin<'a>(&self, view: &'a View<K, V>, slot: SlotId) -> Pinned<'a, K, V> {
        assert!(view.place() == self.shared.place(), "another shard's view");
        let (seat, _) = self.in_use(slot);
        // SAFETY: this is the memory's owner, the slot holds an entry, and as there is a view, readers are waited for
        unsafe { view.pin(seat) }
    }

    /// Has the memory of an entry arrive.
    #[inline]
    pub(crate) fn fetch(&self, slot: SlotId) {
        self.shared.fetch(self.shared.layout().seat(slot));
    }

    /// Where a slot is, and the word of its entry's key. It must be in use: it was filled, and not given up since.
    #[inline(always)]
    fn in_use(&self, slot: SlotId) -> (Seat, HashWord) {
        if slot < self.fresh {
            let seat = self.shared.layout().seat(slot);
            // SAFETY: this is the owner, and below the fresh slots each was filled, or its word emptied
            if let Some(word) = unsafe { self.shared.word(seat) }.get() {
                return (seat, word);
            }
        }
        not_in_use(slot);
    }

    /// The value of a key, if it is where most are, and to `finish` with its mark is all.
    #[inline(always)]
    pub(crate) fn glance(
        &self,
        word: HashWord,
        is_key: impl Fn(&K) -> bool,
        finish: impl FnOnce(&Mark) -> bool,
    ) -> Option<&V> {
        // SAFETY: this is the owner, borrowed for as long as the answer is
        let node = unsafe { self.shared.glimpse(word) }?;
        (is_key(&node.key) && finish(&node.mark)).then_some(&node.value)
    }

    /// The slot of a key, its entry expired or not.
    #[inline(always)]
    pub(crate) fn find(&self, word: HashWord, is_key: impl Fn(&K) -> bool) -> Option<SlotId> {
        // SAFETY: this is the owner, borrowed meanwhile
        match unsafe { self.shared.home(word) }.lacks(word) {
            true => None,
            false => self.find_among(word, is_key),
        }
    }

    /// [`find`](Self::find) where there may be one.
    fn find_among(&self, word: HashWord, is_key: impl Fn(&K) -> bool) -> Option<SlotId> {
        // SAFETY: this is the owner, borrowed for as long as the table is
        let table = unsafe { self.shared.table() };
        let found = table.find(word, |code| {
            // SAFETY: the index names the slot, and it is not written while the owner is borrowed
            let node = unsafe { self.shared.node(code.seat()) };
            is_key(&node.key).then_some(code)
        });
        found.map(|found| self.shared.layout().slot(found.found))
    }

    /// Puts in an entry whose key is not here.
    #[inline(always)]
    pub(crate) fn insert(&mut self, word: HashWord, key: K, value: V, end: Nanos) -> SlotId {
        let unlisted = self.fill(word, key, value, end);
        let slot = unlisted.slot();
        self.list(word, unlisted);
        slot
    }

    /// Has an entry that this owner was [filled](Self::fill) with be found by its key, which is not here yet.
    #[inline(always)]
    pub(crate) fn list(&mut self, word: HashWord, unlisted: Unlisted) {
        let Unlisted { slot, seat } = unlisted;
        debug_assert!(self.in_use(slot).0.code() == seat.code());
        // SAFETY: this is the owner
        let table = unsafe { self.shared.table() };
        if self.len >= table.room {
            self.grow(word, seat);
        // SAFETY: as above
        } else if !unsafe { self.shared.home(word) }.put(word, seat.code()) {
            table.put_beyond(word, seat.code());
        }
        // SAFETY: the slot was filled, and is not written while the owner is borrowed
        unsafe { self.shared.node(seat) }.mark.show();
        self.len += 1;
    }

    /// Puts a new entry in the place of one with the same key, which is to be [given up](Self::give_up); answers its slot.
    pub(crate) fn replace(&mut self, old: SlotId, key: K, value: V, end: Nanos) -> SlotId {
        let (old_seat, word) = self.in_use(old);
        let Unlisted { slot, seat } = self.fill(word, key, value, end);
        // who finds it where its tag is already set, finds it from then on
        // SAFETY: the slot was filled, and is not written while the owner is borrowed
        unsafe { self.shared.node(seat) }.mark.show();
        // SAFETY: this is the owner
        unsafe { self.shared.table() }.exchange(word, old_seat.code(), seat.code());
        slot
    }

    /// Takes an entry out. It is dropped when nobody reads it any more.
    #[inline(always)]
    pub(crate) fn remove(&mut self, slot: SlotId) {
        let (seat, word) = self.in_use(slot);
        // SAFETY: this is the owner, who changes nothing meanwhile
        if !unsafe { self.shared.home(word) }.take_out(word, seat.code()) {
            // SAFETY: this is the owner
            unsafe { self.shared.table() }.take_out_beyond(word, seat.code());
        }
        self.len -= 1;
        self.let_go(slot, seat);
    }

    /// Takes all entries out.
    pub(crate) fn clear(&mut self) {
        // SAFETY: this is the owner
        let table = unsafe { self.shared.table() };
        table.each_seat(&mut |code| {
            // SAFETY: this is the owner, and the slot was filled
            unsafe { self.shared.word(code.seat()) }.forget();
            self.limbo.push(self.shared.layout().slot(code));
        });
        let empty = table.emptied();
        let old = self.shared.replace_table(Box::new(empty));
        self.len = 0;
        self.limbo.push_table(old);
        self.collect();
    }

    /// When the entries' ttls end.
    #[inline]
    pub(crate) fn ends(&self) -> &Ends {
        &self.shared.ends
    }

    /// Gives the entry's ttl another end.
    pub(crate) fn set_end(&mut self, slot: SlotId, end: Nanos) {
        self.shared.ends.set(self.shared.layout().seat(slot), end);
    }

    /// Takes a vacant slot and fills it. No index names it before it is [listed](Self::list).
    #[inline(always)]
    pub(crate) fn fill(&mut self, word: HashWord, key: K, value: V, end: Nanos) -> Unlisted {
        let slot = self.vacant();
        let seat = self.shared.layout().seat(slot);
        self.shared.ends.set(seat, end);
        // SAFETY: the slot holds nothing, no index names it, and its segment is allocated
        unsafe { self.shared.write(seat, Node::new(key, value, word)) };
        Unlisted { slot, seat }
    }

    #[inline(always)]
    fn vacant(&mut self) -> SlotId {
        if let Some(slot) = self.free.slots.pop() {
            return slot;
        }
        self.allocate()
    }

    #[cold]
    fn allocate(&mut self) -> SlotId {
        let slot = self.fresh;
        assert!(
            slot < self.shared.layout().most(),
            "a shard holds fewer than 2^28 entries: ask for more shards"
        );
        let seat = self.shared.layout().seat(slot);
        self.shared.allocate(seat);
        // SAFETY: this is the owner, the slot was never filled, and is in an allocated segment
        unsafe { self.shared.empty_word(seat) };
        self.fresh = slot + 1;
        slot
    }

    /// Adds a slot to a larger table than the present one.
    #[cold]
    fn grow(&mut self, word: HashWord, seat: Seat) {
        // SAFETY: this is the owner
        let old = unsafe { self.shared.table() };
        let table = old.larger(self.limit);
        old.each_seat(&mut |code| {
            let slot = self.shared.layout().slot(code);
            table.put(self.in_use(slot).1, code);
        });
        table.put(word, seat.code());
        let old = self.shared.replace_table(Box::new(table));
        self.limbo.push_table(old);
        if self.len > LARGE {
            self.collect();
        }
    }

    /// A slot that no index names any more is used again when nobody reads it.
    #[inline(always)]
    pub(crate) fn give_up(&mut self, slot: SlotId) {
        let (seat, _) = self.in_use(slot);
        self.let_go(slot, seat);
    }

    /// [`give_up`](Self::give_up), for a slot that is known to be in use.
    #[inline(always)]
    fn let_go(&mut self, slot: SlotId, seat: Seat) {
        // SAFETY: this is the owner, and the slot was filled
        unsafe { self.shared.word(seat) }.forget();
        self.limbo.push(slot);
        if self.is_batch_full() {
            self.collect_batch();
        }
    }

    /// Whether so many slots were given up that it is to be asked who reads them.
    #[inline(always)]
    fn is_batch_full(&self) -> bool {
        let given_up = self.limbo.len();
        if self.is_viewed && given_up < limbo::batch::<Node<K, V>>(0) {
            return needs_drop::<Node<K, V>>() && readers::is_alone();
        }
        !self.is_viewed
            || given_up >= limbo::batch::<Node<K, V>>(self.len)
            || needs_drop::<Node<K, V>>() && readers::is_alone()
    }

    /// Drops and uses again, as far as it can be done now, what was given up. The entries are handed over in
    /// [`take_dead`](Self::take_dead).
    #[cold]
    fn collect(&mut self) {
        if self.limbo.is_empty() {
            return;
        }
        let before = self.free.slots.len();
        match self.is_viewed {
            true => self.limbo.collect(self.shared.place(), &mut self.free),
            false => self.limbo.collect_all(&mut self.free),
        }
        self.reclaim(before);
    }

    /// [`collect`](Self::collect), sooner or later: if nobody can tell, that is when it takes the fewest barriers.
    #[cold]
    fn collect_batch(&mut self) {
        if !self.is_viewed || needs_drop::<Node<K, V>>() {
            return self.collect();
        }
        let before = self.free.slots.len();
        self.limbo
            .collect_lazily(self.shared.place(), &mut self.free);
        self.reclaim(before);
    }

    /// [`collect`](Self::collect), if anybody can tell.
    pub(crate) fn collect_values(&mut self) {
        if needs_drop::<Node<K, V>>() {
            self.collect();
        }
    }

    /// [`collect`](Self::collect), for what only waits for those who were reading.
    #[inline]
    pub(crate) fn collect_waiting(&mut self) {
        if self.limbo.is_waiting() {
            self.collect_closed();
        }
    }

    #[cold]
    fn collect_closed(&mut self) {
        let before = self.free.slots.len();
        self.limbo.collect_closed(&mut self.free);
        self.reclaim(before);
    }

    /// Whether nothing is to be dropped, now or when those have left who were reading.
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        !needs_drop::<Node<K, V>>() || self.is_still()
    }

    /// Empties the free slots from this one on, which nobody reads any more.
    fn reclaim(&mut self, from: usize) {
        if needs_drop::<Node<K, V>>() {
            for &slot in &self.free.slots[from..] {
                // SAFETY: it was in use, no index names it since, and all who were reading then have left
                self.dead
                    .push(unsafe { self.shared.take(self.shared.layout().seat(slot)) });
            }
        }
        // SAFETY: they were replaced, and all who were reading then have left
        unsafe { OldTable::free_all(&mut self.free.tables) };
    }

    /// Whether nothing waits for readers to leave, and nothing is to be [dropped](Self::take_dead).
    #[inline]
    pub(crate) fn is_still(&self) -> bool {
        !self.limbo.is_waiting() && (!needs_drop::<Node<K, V>>() || self.dead.is_empty())
    }

    /// Entries to be dropped when no lock is held: that is the user's code.
    #[inline]
    pub(crate) fn take_dead(&mut self) -> Vec<Node<K, V>> {
        std::mem::take(&mut self.dead)
    }
}

#[cold]
fn not_in_use(slot: SlotId) -> ! {
    panic!("slot {slot} is not in use");
}

impl<K, V> Drop for Owner<K, V> {
    fn drop(&mut self) {
        // others may read it still: it is dropped with the memory
        let mut left = Batch::default();
        self.limbo.collect_all(&mut left);
        self.shared.leave(left);
    }
}
