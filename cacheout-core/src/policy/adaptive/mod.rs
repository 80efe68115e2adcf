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
mod entry;
mod fronts;
mod ghosts;
mod lessons;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use super::lists::{Lists, Unlinked};
use super::{Evict, Marks, PATIENCE, SlotId};
use ages::{LEVELS, class};
use entry::{Entry, TICK_MASK};
use fronts::Fronts;
use ghosts::{Ghosts, Past, USES_BITS};
use lessons::Lessons;

/// Ticks per turnover of the cache. With more of them hit ratios are no better: most of what tells entries apart is
/// whether they are used again within a fraction of a turnover, within one, or within several.
const TICKS: usize = 8;

/// Evictions after which as many entries of the sample are looked at: several at once, as their memory is then waited for
/// at the same time.
const LEAST_BEAT: usize = 16;
const MOST_BEAT: usize = 32;

/// The sample is one slot in 2^3. In a large cache it is less, down to one in 2^6, as long as there are [`ENOUGH`] of
/// them. Each is looked at once a tick. In a cache of less than [`LARGE`] entries all are of the sample, and looked at
/// once a turnover. Larger samples and more looks are no better.
const SAMPLED_BITS: RangeInclusive<u32> = 3..=6;
const LARGE: usize = 256;
const ENOUGH: usize = 256;

/// Evictions between two conclusions from the lessons, which take a microsecond: at least eight in a turnover, for with
/// half as many the hit ratio is 0.1 points lower, but not more often than this, nor need it be less often than that.
const LEAST_TO_CONCLUDE: usize = 64;
const MOST_TO_CONCLUDE: usize = 1024;

/// Among so many evictions a single use is few.
const FEW: usize = 32;

/// After a turnover with few uses, one conclusion in so many is drawn, and as much less of a census taken: while a stream of keys
/// passes by, nothing is learned. (After less than a turnover it might be a loop's first pass, of which there is much to learn.)
const FEWER: usize = 8;

/// The entries by level of frequency, in the order of their last known uses.
type Queues = Lists<LEVELS, Entry>;
type Gone = Unlinked<Entry>;

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
            self.lessons.used(class(past.uses, past.age), 1);
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

    /// So many evictions have taken place: some of the sample are looked at.
    #[inline(never)]
    fn beat(&mut self, marks: &impl Marks) {
        self.seat();
        let evictions = (self.len() / TICKS).clamp(LEAST_BEAT, MOST_BEAT);
        self.until_beat = evictions;
        let looks = match self.sampled_bits {
            0 => evictions,
            bits => (evictions * TICKS) >> bits,
        };
        let looks = match self.is_quiet() {
            true => looks.div_ceil(FEWER),
            false => looks,
        };
        self.take_census(looks, marks);
        self.until_conclusion = self.until_conclusion.saturating_sub(evictions);
        if self.until_conclusion == 0 {
            self.look_back();
        }
    }

    /// Concludes from the lessons, if there were any.
    fn look_back(&mut self) {
        let evictions = (self.len() / 8).clamp(LEAST_TO_CONCLUDE, MOST_TO_CONCLUDE);
        self.until_conclusion = evictions;
        // a few ghosts are taken for those of other keys
        self.unused = match self.lessons.take_uses() {
            uses if uses < evictions / FEW => self.unused + evictions,
            _ => 0,
        };
        if !self.is_quiet() || (self.unused / evictions).is_multiple_of(FEWER) {
            self.conclude();
        }
    }

    /// Whether a whole turnover has gone by with hardly any use.
    fn is_quiet(&self) -> bool {
        self.unused >= self.len().max(8 * LEAST_TO_CONCLUDE)
    }

    /// Concludes from the lessons, and follows the size of the cache, which may have changed.
    fn conclude(&mut self) {
        self.lessons.fade(self.len());
        self.lessons.conclude();
        self.fronts.renew();
        self.ghosts.fit(self.len());
        self.until_tick = self.until_tick.min(self.tick_len());
        self.sampled_bits = sampled_bits(self.len());
        self.hand = self.hand >> self.sampled_bits << self.sampled_bits;
    }

    fn len(&self) -> usize {
        self.queues.total()
    }

    /// Insertions in a tick.
    #[inline]
    fn tick_len(&self) -> usize {
        (self.len() / TICKS).max(1)
    }

    /// Looks at the next few entries of the sample.
    fn take_census(&mut self, looks: usize, marks: &impl Marks) {
        for _ in 0..looks {
            let slot = self.hand;
            self.hand += 1 << self.sampled_bits;
            if slot >= self.queues.slots() {
                self.hand = 0;
                self.lessons.swept();
                continue;
            }
            let slot = slot as SlotId;
            if self.queues.get(slot).is_present() {
                self.catch_up(slot, marks);
                let class = self.queues.get(slot).class(self.tick);
                self.lessons.seen(class, 1 << self.sampled_bits);
            }
        }
    }

    /// Learns whether an entry was hit since it was last looked at; if so, it stands with the youngest of its new level.
    #[inline]
    fn catch_up(&mut self, slot: SlotId, marks: &impl Marks) -> bool {
        if marks.get(slot) == 0 {
            return false;
        }
        marks.set(slot, 0);
        self.learn_of_hit(slot);
        true
    }

    /// When the hit took place is not known. It is taken to be in the middle between two looks, but not before the last
    /// known use. Of entries that are looked at once a turnover, or when it is their turn to leave, too little is known to
    /// learn from, if there are others.
    fn learn_of_hit(&mut self, slot: SlotId) {
        let entry = self.queues.get(slot);
        let is_sampled = slot & ((1 << self.sampled_bits) - 1) == 0;
        let looks_bits = if is_sampled { self.sampled_bits } else { 0 };
        let age = entry.age(self.tick);
        let ago = age.min(self.len().min(TICKS) as u32 >> (looks_bits + 1));
        if is_sampled {
            let class = class(entry.uses(), age - ago);
            self.lessons.used(class, 1 << self.sampled_bits);
        }
        self.unqueue(slot);
        self.place(slot, entry.used(self.tick.wrapping_sub(ago)));
    }

    #[inline(always)]
    fn worst(&mut self) -> Option<SlotId> {
        self.fronts.worst(&self.queues, &self.lessons, self.tick)
    }

    /// The victim, out of its queue, and the word of its key.
    #[inline(always)]
    fn take_victim(&mut self, marks: &impl Marks) -> Option<(SlotId, Entry, u32)> {
        if self.until_beat == 0 {
            self.beat(marks);
        }
        if let Some((slot, entry)) = self.transient {
            let (mark, word) = marks.look(slot);
            if mark == 0 {
                self.transient = None;
                return Some((slot, entry, word));
            }
            self.seat();
        }
        let mut slot = self.worst()?;
        let (mark, mut word) = marks.look(slot);
        if mark != 0 {
            slot = self.pass_over(marks)?;
            word = marks.word(slot);
        }
        Some((slot, self.unqueue(slot), word))
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
            self.lessons.lost(class(lost.uses, lost.age));
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

/// Which part of the slots of so many entries is sampled: one in two to the power of this.
fn sampled_bits(entries: usize) -> u32 {
    let (least, most) = SAMPLED_BITS.into_inner();
    match entries {
        ..LARGE => 0,
        _ => (entries / ENOUGH).ilog2().clamp(least, most),
    }
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

    fn evict_for(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
        let (victim, old, old_word) = self.take_victim(marks)?;
        self.bury(old, old_word);
        let entry = self.meet(word);
        if self.fronts.would_be_worst(entry.level()) {
            self.transient = Some((slot, entry));
        } else {
            self.enter(slot, entry);
            self.prefetch_victim(marks);
        }
        Some(victim)
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
        self.queues = Lists::default();
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
