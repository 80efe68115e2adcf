//! Who waits for whom, so that nobody waits for himself.
//!
//! A thread that computes may ask for other keys, and so may a task. Each thread keeps the flights that it is computing
//! right now, the outer before the inner: a thread's own, and of tasks those whose polls are nested on its stack. When
//! such a caller is about to wait for a flight, all of these wait for it. If that flight in turn waits, over any number
//! of others, for one of these, the circle would close, and the caller computes on its own instead.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::flight::FlightId;
use crate::sync::{Lock, statics, thread_local};

/// So many flights of a thread are kept where nothing has to be allocated, and nothing to be dropped with the thread.
const NEAR: usize = 128;

thread_local! {
    static COMPUTING: Stack = const { Stack::new() };
    /// The flights within those of a full stack.
    static BEYOND: RefCell<Vec<FlightId>> = const { RefCell::new(Vec::new()) };
}

/// The flights that a thread computes, the outer before the inner.
struct Stack {
    len: Cell<usize>,
    ids: [Cell<FlightId>; NEAR],
}

impl Stack {
    const fn new() -> Self {
        Stack {
            len: Cell::new(0),
            ids: [const { Cell::new(FlightId::NONE) }; NEAR],
        }
    }

    /// Adds a flight, if there is room.
    #[inline]
    fn push(&self, id: FlightId) -> bool {
        let len = self.len.get();
        let Some(place) = self.ids.get(len) else {
            return false;
        };
        place.set(id);
        self.len.set(len + 1);
        true
    }

    /// Takes the last flight out, if it is this one.
    #[inline]
    fn pop(&self, id: FlightId) -> bool {
        let last = self.len.get().wrapping_sub(1);
        let is_last = self.ids.get(last).is_some_and(|place| place.get() == id);
        if is_last {
            self.len.set(last);
        }
        is_last
    }

    fn to_vec(&self) -> Vec<FlightId> {
        self.ids[..self.len.get()].iter().map(Cell::get).collect()
    }
}

/// Calls `change` with the flights beyond the stack's. While a thread ends, they may be gone: then it counts as computing
/// nothing more.
fn with_beyond<R: Default>(change: impl FnOnce(&mut Vec<FlightId>) -> R) -> R {
    let changed = BEYOND.try_with(|beyond| change(&mut beyond.borrow_mut()));
    changed.unwrap_or_default()
}

/// All that this thread computes.
fn computing() -> Vec<FlightId> {
    let mut all = COMPUTING.with(Stack::to_vec);
    if all.len() == NEAR {
        with_beyond(|beyond| all.extend(&*beyond));
    }
    all
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

impl Computing {
    #[inline]
    pub(crate) fn start(id: FlightId) -> Self {
        if !COMPUTING.with(|stack| stack.push(id)) {
            start_beyond(id);
        }
        Computing(id)
    }
}

impl Drop for Computing {
    #[inline]
    fn drop(&mut self) {
        // nested computations end before the outer ones, even by panics
        let ended = COMPUTING.with(|stack| stack.len.get() < NEAR && stack.pop(self.0));
        if !ended {
            end_otherwise(self.0);
        }
    }
}

#[cold]
fn start_beyond(id: FlightId) {
    with_beyond(|beyond| beyond.push(id));
}

/// For what stands beyond a full stack, or ends in another order.
#[cold]
fn end_otherwise(id: FlightId) {
    let is_last = with_beyond(|beyond| {
        beyond.pop_if(|last| *last == id).is_some()
            || beyond.is_empty() && COMPUTING.with(|stack| stack.pop(id))
    });
    if is_last {
        return;
    }
    let mut all = computing();
    if let Some(at) = all.iter().rposition(|&other| other == id) {
        all.remove(at);
        let beyond = all.split_off(all.len().min(NEAR));
        with_beyond(|known| *known = beyond);
        COMPUTING.with(|stack| {
            stack.len.set(0);
            for &id in &all {
                stack.push(id);
            }
        });
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
        let waiters = computing();
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

    /// Computations that start and end in any order, few of them and more than fit into the stack.
    #[test]
    fn the_stack_is_what_a_list_is() {
        let mut rng = SplitMix::default();
        let mut list: Vec<Computing> = Vec::new();
        for most in [3, NEAR - 1, NEAR, NEAR + 1, 2 * NEAR] {
            for _ in 0..5_000 {
                let grows = rng.below(most + 1) >= list.len();
                match rng.below(8) {
                    0 if !list.is_empty() => drop(list.remove(rng.below(list.len()))),
                    _ if grows => list.push(Computing::start(FlightId::next())),
                    _ => drop(list.pop()),
                }
                assert!(computing().iter().eq(list.iter().map(|Computing(id)| id)));
            }
        }
        list.drain(..).rev().for_each(drop);
        assert!(computing().is_empty());
    }

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
