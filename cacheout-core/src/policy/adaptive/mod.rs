//! The default policy: entries leave by what their like has taught about them.
//!
//! No rule such as "the least recently used goes first" holds for every workload: in a loop larger
//! than the cache it is the worst there is. This policy has no such rule. It observes, for entries
//! that were used once, twice, and so on, after what time they are used again, if at all
//! ([`lessons`]), and evicts the entry from which the fewest uses per time are to be expected. Out
//! of this come, as the workload has it, LRU (when uses follow close on uses), LFU (when they
//! follow on many uses), bypassing (when new keys are not worth keeping), or keeping the oldest (in
//! a loop), and mixtures, without any setting to adapt.
//!
//! Entries stand in a queue for each level of frequency, in the order of their last known uses, and a hit leaves but a
//! bit in its entry, which is found when it is the entry's turn to leave, as with CLOCK. So evicting takes constant time:
//! who is worth least stands at an end of a queue, or where a cursor does ([`fronts`]). What there is to learn is learned
//! from ghosts, and from a sample of the entries, which is looked at often enough to tell when they were used.
//!
//! Time is counted in ticks, eight of which pass while as many entries are inserted as the cache holds.

mod ages;
mod census;
mod entry;
mod fronts;
mod ghosts;
mod lessons;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tests;

use super::lists::{Lists, Unlinked};
use super::{Evict, Marks, PATIENCE, SlotId};
use ages::{LEVELS, class};
use census::Signs;
use entry::{Entry, TICK_MASK};
use fronts::Fronts;
use ghosts::{Ghosts, Past, USES_BITS};
use lessons::Lessons;

/// Ticks per turnover of the cache. With more of them hit ratios are no better: most of what tells entries apart is
/// whether they are used again within a fraction of a turnover, within one, or within several.
const TICKS: usize = 8;

/// The entries by level of frequency, in the order of their last known uses.
type Queues = Lists<LEVELS, Entry>;
type Gone = Unlinked<Entry>;

/// An entry that leaves, what was known of it, and the word of its key.
struct Victim {
    slot: SlotId,
    entry: Entry,
    word: u32,
}

pub(crate) struct Adaptive {
    queues: Queues,
    fronts: Fronts,
    /// An entry that leaves next unless it is used: it stands in no queue, as most of its kind never need to.
    transient: Option<(SlotId, Entry)>,
    tick: u32,
    /// Insertions until the next tick; evictions until the next beat, and until the next conclusion.
    until_tick: usize,
    until_beat: usize,
    until_conclusion: usize,
    /// What was used since it was last asked whether that is much.
    signs: Signs,
    /// For how many evictions few entries were used.
    unused: usize,
    /// The slot that the census looks at next; one slot in 2^`sampled_bits` is of the sample.
    hand: usize,
    sampled_bits: u32,
    lessons: Box<Lessons>,
    ghosts: Ghosts,
}

impl Default for Adaptive {
    fn default() -> Self {
        Adaptive::new()
    }
}

impl Adaptive {
    /// That there was a hit is all that need be known: with exact counts hit ratios are no better.
    pub(crate) const MARK_LIMIT: u8 = 1;

    fn new() -> Self {
        Adaptive {
            queues: Lists::default(),
            fronts: Fronts::new(),
            transient: None,
            tick: 1,
            until_tick: 1,
            until_beat: 0,
            until_conclusion: 0,
            signs: Signs::default(),
            unused: 0,
            hand: 0,
            sampled_bits: 0,
            lessons: Box::new(Lessons::new()),
            ghosts: Ghosts::default(),
        }
    }

    /// Puts an entry at the young end of its queue.
    #[inline]
    fn place(&mut self, slot: SlotId, entry: Entry) {
        let level = entry.level();
        self.queues.push_with(level, slot, entry);
        self.fronts.joined(level);
    }

    /// [`place`](Self::place) for an entry that is used right now.
    #[inline(always)]
    fn enter(&mut self, slot: SlotId, entry: Entry) {
        let level = entry.level();
        self.queues.push_with(level, slot, entry);
        self.fronts.arrived(slot, level);
    }

    /// Puts the entry that leaves next where all others are.
    #[inline]
    fn seat(&mut self) {
        if let Some((slot, entry)) = self.transient.take() {
            self.enter(slot, entry);
        }
    }

    /// What is known of a new entry, whose key may have been here before. Time goes on.
    #[inline(always)]
    fn meet(&mut self, word: u32) -> Entry {
        let mut uses = 1;
        if let Some(past) = self.ghosts.take(word, self.tick) {
            let (class, weight) = (class(past.uses, past.age), self.ghosts.weight());
            self.lessons.used(class, weight);
            self.signs.returns += weight as usize;
            uses += faded(past);
        }
        let entry = Entry::new(uses, self.tick);
        self.advance();
        entry
    }

    /// Takes the entry in a slot, which is not empty, out of its queue.
    #[inline(always)]
    fn unqueue(&mut self, slot: SlotId) -> Entry {
        let gone = self.queues.unlink(slot);
        self.fronts.left(slot, &gone, &self.queues, self.tick);
        gone.more
    }

    /// Takes an entry out of the slot, unless it is empty.
    fn take(&mut self, slot: SlotId) -> Option<Entry> {
        self.seat();
        let is_there = self.queues.get(slot).is_present();
        is_there.then(|| self.unqueue(slot))
    }

    /// An insertion has taken place: time goes on.
    #[inline]
    fn advance(&mut self) {
        self.until_tick -= 1;
        if self.until_tick == 0 {
            self.until_tick = self.tick_len();
            self.tick = (self.tick + 1) & TICK_MASK;
            self.fronts.renew();
        }
    }

    fn len(&self) -> usize {
        self.queues.total()
    }

    /// Insertions in a tick.
    #[inline]
    fn tick_len(&self) -> usize {
        (self.len() / TICKS).max(1)
    }

    #[inline(always)]
    fn worst(&mut self) -> Option<SlotId> {
        self.fronts.worst(&self.queues, &self.lessons, self.tick)
    }

    /// [`evict_for`](Evict::evict_for) where a key passes by as the one before it did, for the usual case of a stream of keys that
    /// nobody comes back for: neither is remembered, there is nothing to learn, and time stands still. So what was true of
    /// that one is true of this.
    #[inline]
    fn pass_by(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
        let (before, entry) = self.transient?;
        let is_due = self.until_beat == 0 || self.until_tick == 1;
        if is_due || entry != Entry::new(1, self.tick) || self.ghosts.hold(word) {
            return None;
        }
        let (mark, word) = marks.look(before);
        if mark != 0 || self.ghosts.hold(word) {
            return None;
        }
        debug_assert!(self.fronts.would_be_worst(entry.level()));
        self.until_beat -= 1;
        self.until_tick -= 1;
        self.transient = Some((slot, entry));
        Some(before)
    }

    /// [`evict_for`](Evict::evict_for) where there is more to do.
    #[inline(never)]
    fn evict_for_another(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
        if self.until_beat == 0 {
            self.beat(marks);
        }
        let victim = match self.take_transient(marks) {
            Some(transient) => transient,
            None => self.take_worst(marks)?,
        };
        self.bury(victim.entry, victim.word);
        let entry = self.meet(word);
        if self.fronts.would_be_worst(entry.level()) {
            self.transient = Some((slot, entry));
        } else {
            self.enter(slot, entry);
            self.prefetch_victim(marks);
        }
        Some(victim.slot)
    }

    /// The entry that leaves next, and stands in no queue, unless it was used.
    #[inline(always)]
    fn take_transient(&mut self, marks: &impl Marks) -> Option<Victim> {
        let (slot, entry) = self.transient?;
        let (mark, word) = marks.look(slot);
        if mark != 0 {
            self.seat();
            return None;
        }
        self.transient = None;
        Some(Victim { slot, entry, word })
    }

    /// The victim of all queues, out of its own.
    #[inline(always)]
    fn take_worst(&mut self, marks: &impl Marks) -> Option<Victim> {
        let mut slot = self.worst()?;
        let (mark, mut word) = marks.look(slot);
        if mark != 0 {
            slot = self.pass_over(marks)?;
            word = marks.word(slot);
        }
        let entry = self.unqueue(slot);
        Some(Victim { slot, entry, word })
    }

    /// [`victim`](Evict::victim), the sample aside: entries that were used are passed over.
    #[inline(never)]
    fn pass_over(&mut self, marks: &impl Marks) -> Option<SlotId> {
        for _ in 0..PATIENCE {
            let worst = self.worst()?;
            if !self.catch_up(worst, marks) {
                return Some(worst);
            }
        }
        let worst = self.worst()?;
        marks.set(worst, 0);
        Some(worst)
    }

    /// An entry was evicted: its ghost is remembered.
    #[inline(always)]
    fn bury(&mut self, entry: Entry, word: u32) {
        let past = Past {
            uses: entry.uses(),
            age: entry.age(self.tick),
        };
        if let Some(lost) = self.ghosts.put(word, past, self.tick) {
            let class = class(lost.uses, lost.age);
            self.lessons.lost(class, self.ghosts.weight());
        }
        self.until_beat = self.until_beat.saturating_sub(1);
    }
}

/// What the uses of a ghost count for the entry that comes back: half for each so many ticks, but one at least.
///
/// The ghosts of a small cache reach back for hundreds of turnovers. If all their uses counted, every key would count as used
/// often after a while, and frequency would tell nothing.
fn faded(past: Past) -> u32 {
    const HALF: u32 = 4 * TICKS as u32;
    (past.uses >> (past.age / HALF).min(USES_BITS)).max(1)
}

impl Evict for Adaptive {
    #[inline]
    fn prefetch(&self, word: u32) {
        self.ghosts.fetch(word);
    }

    fn insert(&mut self, slot: SlotId, word: u32) {
        self.seat();
        let entry = self.meet(word);
        self.enter(slot, entry);
    }

    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        self.seat();
        if !self.queues.get(old).is_present() {
            return;
        }
        self.catch_up(old, marks);
        if let Some(before) = self.take(old) {
            self.lessons.used(before.class(self.tick), 1);
            self.signs.uses += 1;
            self.enter(new, Entry::new(before.uses() + 1, self.tick));
        }
    }

    fn remove(&mut self, slot: SlotId) {
        self.take(slot);
    }

    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        self.seat();
        if self.until_beat == 0 {
            self.beat(marks);
        }
        self.pass_over(marks)
    }

    fn evict(&mut self, slot: SlotId, word: u32) {
        if let Some(entry) = self.take(slot) {
            self.bury(entry, word);
        }
    }

    #[inline(never)]
    fn evict_for(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
        let passed = self.pass_by(slot, word, marks);
        passed.or_else(|| self.evict_for_another(slot, word, marks))
    }

    /// The memory that has to be waited for arrives while others work.
    #[inline]
    fn prefetch_victim(&mut self, marks: &impl Marks) {
        if let Some(next) = self.worst() {
            marks.fetch(next);
        }
    }

    /// The lessons stay: what is asked for does not change with what is there.
    fn clear(&mut self) {
        self.queues.clear();
        self.fronts = Fronts::new();
        self.transient = None;
        self.hand = 0;
    }

    fn order(&self) -> Vec<SlotId> {
        let queued = (0..LEVELS).flat_map(|level| self.queues.iter(level));
        let transient = self.transient.iter().map(|&(slot, _)| slot);
        queued.chain(transient).collect()
    }
}
