//! S3-FIFO, from its algorithm 1. The ghosts have a model of their own.

use super::super::ghosts::Ghosts;
use super::super::s3fifo::S3Fifo;
use super::super::{PATIENCE, SlotId};
use super::{Entry, Model, Queue, agree};

#[derive(Default)]
struct S3FifoModel {
    small: Queue,
    main: Queue,
    ghosts: Ghosts,
}

impl Model for S3FifoModel {
    fn queues(&mut self) -> Vec<&mut Queue> {
        vec![&mut self.small, &mut self.main]
    }

    fn insert(&mut self, entry: Entry) {
        if self.ghosts.take(entry.word) {
            self.main.push_back(entry);
        } else {
            self.small.push_back(entry);
        }
    }

    fn victim(&mut self) -> SlotId {
        let tenth = (self.len() / 10).max(1);
        let mut passed_over = 0;
        while self.small.len() >= tenth || self.main.is_empty() {
            let mut entry = self.small.pop_front().unwrap();
            if entry.mark <= 1 || passed_over == PATIENCE {
                if passed_over == PATIENCE {
                    entry.mark = 0;
                }
                self.small.push_front(entry.clone());
                return entry.slot;
            }
            entry.mark = 0;
            self.main.push_back(entry);
            passed_over += 1;
        }
        while self.main[0].mark > 0 && passed_over < PATIENCE {
            let mut entry = self.main.pop_front().unwrap();
            entry.mark -= 1;
            self.main.push_back(entry);
            passed_over += 1;
        }
        self.main[0].mark = 0;
        self.main[0].slot
    }

    fn evict(&mut self, slot: SlotId) {
        let len = self.len();
        if let Some(entry) = self.small.iter().find(|entry| entry.slot == slot) {
            self.ghosts.resize(len - len / 10);
            self.ghosts.push(entry.word);
        }
        self.remove(slot);
    }
}

#[test]
fn s3fifo_names_the_victims_that_its_model_names() {
    agree::<S3Fifo, S3FifoModel>(S3Fifo::MARK_LIMIT);
}
