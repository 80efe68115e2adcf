//! Looking at entries from time to time, to learn what becomes of them, and drawing conclusions.

use std::ops::RangeInclusive;

use super::ages::class;
use super::{Adaptive, Marks, SlotId, TICKS};

/// Evictions after which as many entries of the sample are looked at: several at once, as their memory is then waited for
/// at the same time.
const LEAST_BEAT: usize = 16;
pub(super) const MOST_BEAT: usize = 32;

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

/// In a smaller cache all ghosts are in use always: a sample of them would tell too little.
const LEAST_TO_SAMPLE: usize = 512;

/// What tells whether anything is used, by what it stands for.
#[derive(Default)]
pub(super) struct Signs {
    /// Entries that were used.
    pub(super) uses: usize,
    /// Ghosts whose keys came back.
    pub(super) returns: usize,
    /// Over how many evictions the latter were counted.
    evictions: usize,
}

impl Signs {
    /// Whether it was few during the last `evictions`, where each ghost stands for so many. Of a sample, for which few keys are
    /// looked for, returns are counted over a longer time; one of them is no sign, as a few ghosts are taken for those of other keys.
    fn are_few(&mut self, evictions: usize, weight: u32) -> bool {
        let few = (evictions / FEW).max(2);
        let uses = std::mem::take(&mut self.uses);
        self.evictions += evictions;
        let are_few = match weight {
            1 => uses + self.returns < few,
            _ => uses < few && self.returns < 2 * weight as usize,
        };
        if weight == 1 || !are_few || self.evictions >= MOST_TO_CONCLUDE {
            (self.returns, self.evictions) = (0, 0);
        }
        are_few
    }
}

impl Adaptive {
    /// So many evictions have taken place: some of the sample are looked at.
    #[inline(never)]
    pub(super) fn beat(&mut self, marks: &impl Marks) {
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
        self.unused = match self.signs.are_few(evictions, self.ghosts.weight()) {
            true => self.unused + evictions,
            false => 0,
        };
        self.ghosts.sample(self.sample());
        if !self.is_quiet() || (self.unused / evictions).is_multiple_of(FEWER) {
            self.conclude();
        }
    }

    /// Whether a whole turnover has gone by with hardly any use.
    fn is_quiet(&self) -> bool {
        self.unused >= self.len().max(8 * LEAST_TO_CONCLUDE)
    }

    /// Which sample of the ghosts' sets is in use, if not all are: each for two turnovers, the first for one. A few keys that come to
    /// be used in the middle of a stream may all be of other samples; in turn each is of one, and then remembered.
    fn sample(&self) -> Option<usize> {
        let is_sampled = self.is_quiet() && self.len() >= LEAST_TO_SAMPLE;
        is_sampled.then(|| self.unused / (2 * self.len()))
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
    pub(super) fn catch_up(&mut self, slot: SlotId, marks: &impl Marks) -> bool {
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
            self.signs.uses += 1 << self.sampled_bits;
        }
        self.unqueue(slot);
        self.place(slot, entry.used(self.tick.wrapping_sub(ago)));
    }
}

/// Which part of the slots of so many entries is sampled: one in two to the power of this.
fn sampled_bits(entries: usize) -> u32 {
    let (least, most) = SAMPLED_BITS.into_inner();
    match entries {
        ..LARGE => 0,
        _ => (entries / ENOUGH).ilog2().clamp(least, most),
    }
}
