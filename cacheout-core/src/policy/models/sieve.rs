//! SIEVE, from its algorithm 1.

use super::super::sieve::Sieve;
use super::super::{PATIENCE, SlotId};
use super::{Entry, Model, Queue, agree};

#[derive(Default)]
struct SieveModel {
    queue: Queue,
    /// Where the hand stands in the queue.
    hand: usize,
}

impl Model for SieveModel {
    fn queues(&mut self) -> Vec<&mut Queue> {
        vec![&mut self.queue]
    }

    fn insert(&mut self, entry: Entry) {
        self.queue.push_back(entry);
    }

    fn victim(&mut self) -> SlotId {
        for passed_over in 0.. {
            if self.hand >= self.queue.len() {
                self.hand = 0;
            }
            let entry = &mut self.queue[self.hand];
            let used = std::mem::take(&mut entry.mark) > 0;
            if !used || passed_over == PATIENCE {
                return entry.slot;
            }
            self.hand += 1;
        }
        unreachable!()
    }

    fn evict(&mut self, slot: SlotId) {
        self.remove(slot);
    }

    fn remove(&mut self, slot: SlotId) {
        let mut slots = self.queue.iter().map(|entry| entry.slot);
        let at = slots.position(|other| other == slot).unwrap();
        self.queue.remove(at);
        if at < self.hand {
            self.hand -= 1;
        } else if self.hand == self.queue.len() {
            self.hand = usize::MAX; // it waits at no entry, not even at the next one that comes
        }
    }
}

#[test]
fn sieve_names_the_victims_that_its_model_names() {
    agree::<Sieve, SieveModel>(Sieve::MARK_LIMIT);
}
