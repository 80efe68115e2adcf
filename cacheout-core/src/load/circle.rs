//! Who waits for whom, so that nobody waits for himself.
//!
//! A thread that computes may ask for other keys, and so may a task. Each thread keeps the flights that it is computing
//! right now, the outer before the inner: a thread's own, and of tasks those whose polls are nested on its stack. When
//! such a caller is about to wait for a flight, all of these wait for it. If that flight in turn waits, over any number
//! of others, for one of these, the circle would close, and the caller computes on its own instead.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::flight::FlightId;
use crate::sync::{Lock, statics, thread_local};

thread_local! {
    static COMPUTING: RefCell<Vec<FlightId>> = const { RefCell::new(Vec::new()) };
}

statics! {
    static WAITS: Lock<Waits> = Lock::new(Waits(VecDeque::new()));
}

/// Which flight waits for which, in order. Open at both ends, as most waits end in the order in which they began: where
/// thousands of tasks wait, none moves all the others.
struct Waits(VecDeque<(FlightId, FlightId)>);

impl Waits {
    fn add(&mut self, waiter: FlightId, target: FlightId) {
        let wait = (waiter, target);
        let at = self.0.partition_point(|other| *other < wait);
        self.0.insert(at, wait);
    }

    /// Takes back one of what was added.
    fn remove(&mut self, waiter: FlightId, target: FlightId) {
        if let Ok(at) = self.0.binary_search(&(waiter, target)) {
            self.0.remove(at);
        }
    }

    /// Whether `from` is one of `ends`, or waits for one of them over others.
    fn leads_to(&self, from: FlightId, ends: &[FlightId]) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(&id) = seen.get(next) {
            if ends.contains(&id) {
                return true;
            }
            next += 1;
            let start = self.0.partition_point(|(waiter, _)| *waiter < id);
            let waits = self.0.range(start..);
            for &(_, target) in waits.take_while(|(waiter, _)| *waiter == id) {
                if !seen.contains(&target) {
                    seen.push(target);
                }
            }
        }
        false
    }
}

/// While this lives, the thread computes a flight.
pub(crate) struct Computing(FlightId);

// Not inlined: a stack that is dropped with its thread would be compiled anew in each user's crate, with all that std says
// if that goes wrong.
impl Computing {
    pub(crate) fn start(id: FlightId) -> Self {
        // while a thread ends, its stack may be gone: then it counts as computing nothing
        let _ = COMPUTING.try_with(|stack| stack.borrow_mut().push(id));
        Computing(id)
    }
}

impl Drop for Computing {
    fn drop(&mut self) {
        let _ = COMPUTING.try_with(|stack| {
            let mut stack = stack.borrow_mut();
            // nested computations end before the outer ones, even by panics
            if stack.pop_if(|id| *id == self.0).is_none() {
                take_out(&mut stack, self.0);
            }
        });
    }
}

/// For whatever ends in another order.
#[cold]
fn take_out(stack: &mut Vec<FlightId>, id: FlightId) {
    if let Some(at) = stack.iter().rposition(|&other| other == id) {
        stack.remove(at);
    }
}

/// While this lives, the flights that this thread computes wait for another.
pub(super) struct Waiting {
    waiters: Vec<FlightId>,
    target: FlightId,
}

impl Waiting {
    /// Starts waiting for `target`, unless that would close a circle.
    pub(super) fn start(target: FlightId) -> Option<Self> {
        let waiters = COMPUTING.try_with(|stack| stack.borrow().clone());
        let waiters = waiters.unwrap_or_default();
        if waiters.is_empty() {
            return Some(Waiting { waiters, target }); // who computes nothing keeps nobody waiting
        }
        let mut waits = WAITS.lock();
        if waits.leads_to(target, &waiters) {
            return None;
        }
        for &waiter in &waiters {
            waits.add(waiter, target);
        }
        Some(Waiting { waiters, target })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.waiters.is_empty() {
            return;
        }
        let mut waits = WAITS.lock();
        for &waiter in &self.waiters {
            waits.remove(waiter, self.target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SplitMix;

    /// Random waits, added and taken back in any order, and some of them several times.
    #[test]
    fn waits_are_what_a_list_of_them_is() {
        let mut rng = SplitMix::default();
        let ids: Vec<_> = (0..12).map(|_| FlightId::next()).collect();
        let mut waits = Waits(VecDeque::new());
        let mut list: Vec<(FlightId, FlightId)> = Vec::new();
        for _ in 0..20_000 {
            let wait = (ids[rng.below(12)], ids[rng.below(12)]);
            if list.len() < 10 && rng.below(2) == 0 {
                waits.add(wait.0, wait.1);
                list.push(wait);
            } else {
                waits.remove(wait.0, wait.1);
                if let Some(at) = list.iter().position(|&other| other == wait) {
                    list.remove(at);
                }
            }
            assert_eq!(waits.0.len(), list.len());
            let (from, end) = (ids[rng.below(12)], ids[rng.below(12)]);
            let mut reached = vec![from];
            for _ in 0..12 {
                for &(waiter, target) in &list {
                    if reached.contains(&waiter) && !reached.contains(&target) {
                        reached.push(target);
                    }
                }
            }
            assert_eq!(waits.leads_to(from, &[end]), reached.contains(&end));
        }
    }
}
