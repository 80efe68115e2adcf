//! W-TinyLFU: a window and a segmented main part, each a clock. The sketch and the ghosts have models of their own.

use super::super::ghosts::Ghosts;
use super::super::sketch::Sketch;
use super::super::tinylfu::TinyLfu;
use super::super::{PATIENCE, SlotId};
use super::{Entry, Model, Queue, agree};

struct TinyLfuModel {
    window: Queue,
    probation: Queue,
    protected: Queue,
    sketch: Sketch,
    /// The window's, in 2^-32.
    part: u64,
    left_window: Ghosts,
    left_main: Ghosts,
}

impl Default for TinyLfuModel {
    fn default() -> Self {
        TinyLfuModel {
            window: Queue::new(),
            probation: Queue::new(),
            protected: Queue::new(),
            sketch: Sketch::default(),
            part: (1 << 32) / 20,
            left_window: Ghosts::default(),
            left_main: Ghosts::default(),
        }
    }
}

impl TinyLfuModel {
    fn share(&mut self) -> usize {
        let share = (self.len() as u128 * u128::from(self.part)) >> 32;
        (share as usize).max(1)
    }

    fn move_into_main(&mut self, mut entry: Entry) {
        if unmark(&mut entry, &mut self.sketch) {
            self.protected.push_back(entry);
        } else {
            self.probation.push_back(entry);
        }
    }

    /// One step towards the right sizes; answers whether there was one to take.
    fn step(&mut self) -> bool {
        let main = self.probation.len() + self.protected.len();
        let entry = if self.window.len() > self.share() {
            self.window.pop_front()
        } else if self.protected.len() * 5 > main * 4 {
            self.protected.pop_front()
        } else {
            None
        };
        let Some(entry) = entry else {
            return false;
        };
        self.move_into_main(entry);
        true
    }

    fn coldest(&mut self) -> Option<Entry> {
        for _ in 0..PATIENCE {
            if let Some(mut entry) = self.probation.pop_front() {
                if !unmark(&mut entry, &mut self.sketch) {
                    self.probation.push_front(entry.clone());
                    return Some(entry);
                }
                self.protected.push_back(entry);
            }
            self.step();
        }
        let queue = if self.probation.is_empty() {
            &mut self.protected
        } else {
            &mut self.probation
        };
        let coldest = queue.front_mut()?;
        unmark(coldest, &mut self.sketch);
        Some(coldest.clone())
    }

    fn candidate(&mut self) -> Option<Entry> {
        for _ in 0..PATIENCE {
            if self.window.front()?.mark == 0 {
                break;
            }
            let mut entry = self.window.pop_front()?;
            unmark(&mut entry, &mut self.sketch);
            self.window.push_back(entry);
        }
        let candidate = self.window.front_mut()?;
        unmark(candidate, &mut self.sketch);
        Some(candidate.clone())
    }
}

/// Takes the mark off an entry; answers whether it had one.
fn unmark(entry: &mut Entry, sketch: &mut Sketch) -> bool {
    if entry.mark == 0 {
        return false;
    }
    entry.mark = 0;
    sketch.add(entry.word);
    true
}

impl Model for TinyLfuModel {
    fn queues(&mut self) -> Vec<&mut Queue> {
        vec![&mut self.window, &mut self.probation, &mut self.protected]
    }

    fn insert(&mut self, entry: Entry) {
        let word = entry.word;
        self.window.push_back(entry);
        let len = self.len();
        self.sketch.follow(len);
        self.sketch.add(word);
        let step = (1 << 32) / len as u64;
        if self.left_window.take(word) {
            self.part = (self.part + step).min((1 << 32) / 5 * 4);
        }
        if self.left_main.take(word) {
            self.part = self.part.max(step) - step;
            self.part = self.part.max((1 << 32) / 100);
        }
        for _ in 0..2 {
            if self.window.len() > self.share() {
                let oldest = self.window.pop_front();
                self.probation.extend(oldest);
            }
        }
    }

    fn victim(&mut self) -> SlotId {
        let _ = (0..PATIENCE).all(|_| self.step());
        let coldest = self.coldest();
        if let Some(coldest) = &coldest
            && self.window.len() < self.share()
        {
            return coldest.slot;
        }
        match (self.candidate(), coldest) {
            (Some(candidate), Some(coldest)) => {
                let seen = self.sketch.estimate(candidate.word);
                if seen <= self.sketch.estimate(coldest.word) {
                    return candidate.slot;
                }
                self.window.pop_front();
                self.probation.push_back(candidate);
                coldest.slot
            }
            (Some(only), None) | (None, Some(only)) => only.slot,
            (None, None) => panic!("a victim is asked of a policy that has entries"),
        }
    }

    fn evict(&mut self, slot: SlotId) {
        let room = self.len() / 16;
        let word = self.find(slot).word;
        let from_window = self.window.iter().any(|entry| entry.slot == slot);
        let ghosts = if from_window {
            &mut self.left_window
        } else {
            &mut self.left_main
        };
        ghosts.resize(room);
        ghosts.push(word);
        self.remove(slot);
    }
}

#[test]
fn tinylfu_names_the_victims_that_its_model_names() {
    agree::<TinyLfu, TinyLfuModel>(TinyLfu::MARK_LIMIT);
}
