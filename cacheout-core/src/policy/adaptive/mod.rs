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
//! Entries are looked at in turns: each eviction looks at the next few slots, learns of their hits
//! from the marks, and keeps the least worthy of those seen so far as candidates. Nothing is
//! linked, nothing moves, and a hit need leave no more behind than a bit.
//!
//! Time is counted in ticks, 64 of which pass while as many entries are inserted as the cache
//! holds.

mod ages;
mod candidates;
mod entry;
mod ghosts;
mod lessons;
#[cfg(test)]
mod tests;

use super::{Evict, Marks, SlotId};
use candidates::Candidates;
use entry::{Entry, TICK_MASK};
use ghosts::{Ghosts, Past};
use lessons::Lessons;

/// Ticks per turnover of the cache: about as fine as the classes of age can use.
const TICKS: usize = 64;

/// Entries that an eviction looks at. All are seen within 1/16 of a turnover: soon enough to find
/// those that have lost their worth, and to tell when hits were and how many. With half as many the
/// hit ratio is 0.3 points lower, with twice as many 0.1 points higher; what is lost is lost by
/// small caches, and saved by large ones, whose entries are not in the processor's caches.
const SWEEP: usize = 16;
const LARGE: usize = 4096;

/// Slots that an eviction looks at, at most, if many are empty.
const MOST_STEPS: usize = 64;

/// Insertions between two conclusions from the lessons, which take about a microsecond: a few hundred, so that they cost
/// little, but in a small cache at least eight in a turnover, and 64.
const CONCLUDE_EVERY: usize = 512;

pub(crate) struct Adaptive {
    entries: Vec<Entry>,
    /// How many entries there are; `entries` has empty slots, too.
    len: usize,
    tick: u32,
    /// Insertions since the last tick, and since the last conclusion.
    since_tick: usize,
    since_conclusion: usize,
    /// The slot that the sweep looks at next.
    hand: usize,
    candidates: Candidates,
    /// The answer to `victim`, until something changes, or it is used.
    chosen: Option<SlotId>,
    lessons: Box<Lessons>,
    ghosts: Ghosts,
}

impl Default for Adaptive {
    fn default() -> Self {
        Adaptive::new()
    }
}

impl Adaptive {
    /// That there was a hit is all that need be known: each entry is looked at several times in the time it takes to fill
    /// the cache, which tells well enough when the hit was, and how many there were. Exact counts and times, when tried,
    /// gained 0.1 points of the hit ratio at most.
    pub(crate) const MARK_LIMIT: u8 = 1;

    fn new() -> Self {
        Adaptive {
            entries: Vec::new(),
            len: 0,
            tick: 1,
            since_tick: 0,
            since_conclusion: 0,
            hand: 0,
            candidates: Candidates::new(),
            chosen: None,
            lessons: Box::new(Lessons::new()),
            ghosts: Ghosts::default(),
        }
    }

    fn entry(&self, slot: SlotId) -> Entry {
        self.entries.get(slot as usize).copied().unwrap_or_default()
    }

    fn place(&mut self, slot: SlotId, entry: Entry) {
        // Nothing should be there; if there is, it has left unnoticed.
        self.take(slot);
        let slot = slot as usize;
        if slot >= self.entries.len() {
            self.entries.resize(slot + 1, Entry::default());
        }
        self.len += 1;
        self.entries[slot] = entry;
    }

    /// Takes an entry out of the slot, unless it is empty.
    fn take(&mut self, slot: SlotId) -> Option<Entry> {
        let entry = self
            .entries
            .get_mut(slot as usize)
            .map(std::mem::take)
            .filter(|entry| entry.is_present())?;
        self.len -= 1;
        self.chosen = None;
        if entry.is_candidate() {
            self.candidates.remove(slot);
        }
        Some(entry)
    }

    /// An insertion has taken place: time goes on.
    fn advance(&mut self) {
        self.since_tick += 1;
        if self.since_tick >= self.len / TICKS {
            self.since_tick = 0;
            self.tick = (self.tick + 1) & TICK_MASK;
        }
        self.lessons.fade(self.len);
        self.since_conclusion += 1;
    }

    /// Concludes from the lessons, if it is time: not while the cache fills up, as nobody has to leave.
    fn conclude(&mut self) {
        if self.since_conclusion >= CONCLUDE_EVERY.min((self.len / 8).max(64)) {
            self.since_conclusion = 0;
            self.lessons.conclude();
        }
    }

    /// Learns whether an entry was hit since it was last looked at. Returns what is known of it
    /// now.
    #[inline]
    fn catch_up(&mut self, slot: SlotId, marks: &impl Marks) -> Entry {
        if marks.get(slot) == 0 {
            return self.entry(slot);
        }
        marks.set(slot, 0);
        self.learn_of_hit(slot)
    }

    /// When the hit took place is not known. It is taken to be half a sweep ago, but not before the
    /// last known use.
    fn learn_of_hit(&mut self, slot: SlotId) -> Entry {
        let entry = self.entry(slot);
        let age = entry.age(self.tick);
        let ago = (self.len.min(TICKS) / (2 * self.sweep_len())) as u32;
        self.lessons.used(entry.uses(), age.saturating_sub(ago));
        let after = entry.used(self.tick.wrapping_sub(ago.min(age)));
        self.entries[slot as usize] = after;
        after
    }

    fn sweep_len(&self) -> usize {
        if self.len < LARGE { SWEEP } else { SWEEP / 2 }
    }

    /// Looks at the next few entries, and on until there is a candidate.
    fn sweep(&mut self, marks: &impl Marks) {
        let (mut looked, mut steps) = (0, 0);
        let enough = self.sweep_len().min(self.len);
        while looked < enough && (steps < MOST_STEPS || self.candidates.is_empty()) {
            steps += 1;
            if self.hand >= self.entries.len() {
                self.hand = 0;
                self.lessons.swept();
            }
            if self.entries[self.hand].is_present() {
                self.look_at(self.hand as SlotId, marks);
                looked += 1;
            }
            self.hand += 1;
        }
    }

    fn look_at(&mut self, slot: SlotId, marks: &impl Marks) {
        let entry = self.catch_up(slot, marks);
        let worth = self.lessons.seen(entry.uses(), entry.age(self.tick));
        if !self.candidates.admits(worth) || entry.is_candidate() {
            return;
        }
        self.entries[slot as usize].set_candidate(true);
        if let Some(gone) = self.candidates.add(slot, worth) {
            self.entries[gone as usize].set_candidate(false);
        }
    }

    fn catch_up_and_value(&mut self, slot: SlotId, marks: &impl Marks) -> f32 {
        self.catch_up(slot, marks);
        self.worth(slot)
    }

    fn worth(&self, slot: SlotId) -> f32 {
        let entry = self.entry(slot);
        self.lessons.worth(entry.uses(), entry.age(self.tick))
    }
}

impl Evict for Adaptive {
    fn insert(&mut self, slot: SlotId, marks: &impl Marks) {
        let word = marks.word(slot);
        self.chosen = None;
        let mut uses = 1;
        if let Some(past) = self.ghosts.take(word, self.tick) {
            self.lessons.used(past.uses, past.age);
            uses += past.uses;
        }
        self.place(slot, Entry::new(uses, self.tick));
        self.advance();
    }

    fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
        if !self.entry(old).is_present() {
            return;
        }
        let before = self.catch_up(old, marks);
        self.take(old);
        self.lessons.used(before.uses(), before.age(self.tick));
        let mut after = before.used(self.tick);
        after.set_candidate(false);
        self.place(new, after);
    }

    fn remove(&mut self, slot: SlotId) {
        self.take(slot);
    }

    fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
        let is_chosen = |slot: &SlotId| marks.get(*slot) == 0;
        if self.len == 0 || self.chosen.as_ref().is_some_and(is_chosen) {
            return self.chosen;
        }
        self.conclude();
        self.sweep(marks);
        // Hits may have come since the candidates were last looked at.
        let mut candidates = std::mem::take(&mut self.candidates);
        self.chosen = candidates.worst(|slot| self.catch_up_and_value(slot, marks));
        self.candidates = candidates;
        self.chosen
    }

    fn evict(&mut self, slot: SlotId, marks: &impl Marks) {
        self.ghosts.fit(self.len);
        let Some(entry) = self.take(slot) else { return };
        let past = Past {
            uses: entry.uses(),
            age: entry.age(self.tick),
        };
        if let Some(lost) = self.ghosts.put(marks.word(slot), past, self.tick) {
            self.lessons.lost(lost.uses, lost.age);
        }
    }

    /// The lessons stay: what is asked for does not change with what is there.
    fn clear(&mut self) {
        self.entries = Vec::new();
        self.len = 0;
        self.hand = 0;
        self.candidates = Candidates::new();
        self.chosen = None;
    }

    fn order(&self) -> Vec<SlotId> {
        let mut slots: Vec<SlotId> = (0..self.entries.len() as SlotId)
            .filter(|slot| self.entry(*slot).is_present())
            .collect();
        slots.sort_by(|a, b| self.worth(*a).total_cmp(&self.worth(*b)));
        slots
    }
}
