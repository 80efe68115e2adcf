//! Who waits for whom, so that nobody waits for himself.
//!
//! A thread that computes may ask for other keys, and so may a task. Each thread keeps the flights that it is computing
//! right now, the outer before the inner: a thread's own, and of tasks those whose polls are nested on its stack. When
//! such a caller is about to wait for a flight, all of these wait for it. If that flight in turn waits, over any number
//! of others, for one of these, the circle would close, and the caller computes on its own instead.

use std::cell::RefCell;
use std::collections::HashMap;

use super::flight::FlightId;
use crate::sync::{Lock, statics, thread_local};

thread_local! {
    static COMPUTING: RefCell<Vec<FlightId>> = const { RefCell::new(Vec::new()) };
}

statics! {
    /// From each flight to those that it waits for.
    static WAITS: Waits = Waits(Lock::new(None));
}

struct Waits(Lock<Option<Edges>>);
type Edges = HashMap<FlightId, Vec<FlightId>>;

/// While this lives, the thread computes a flight.
pub(crate) struct Computing(FlightId);

impl Computing {
    #[inline]
    pub(crate) fn start(id: FlightId) -> Self {
        // while a thread ends, its stack may be gone: then it counts as computing nothing
        let _ = COMPUTING.try_with(|stack| stack.borrow_mut().push(id));
        Computing(id)
    }
}

impl Drop for Computing {
    #[inline]
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
        let mut waits = WAITS.0.lock();
        let edges = waits.get_or_insert_with(HashMap::new);
        if leads_to(edges, target, &waiters) {
            return None;
        }
        for &waiter in &waiters {
            edges.entry(waiter).or_default().push(target);
        }
        Some(Waiting { waiters, target })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.waiters.is_empty() {
            return;
        }
        let mut waits = WAITS.0.lock();
        let edges = waits.get_or_insert_with(HashMap::new);
        for waiter in &self.waiters {
            let Some(targets) = edges.get_mut(waiter) else {
                continue;
            };
            if let Some(at) = targets.iter().position(|&id| id == self.target) {
                targets.swap_remove(at);
            }
            if targets.is_empty() {
                edges.remove(waiter);
            }
        }
    }
}

/// Whether `from` is one of `ends`, or waits for one of them over others.
fn leads_to(edges: &Edges, from: FlightId, ends: &[FlightId]) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while let Some(&id) = seen.get(next) {
        if ends.contains(&id) {
            return true;
        }
        next += 1;
        for &target in edges.get(&id).into_iter().flatten() {
            if !seen.contains(&target) {
                seen.push(target);
            }
        }
    }
    false
}
