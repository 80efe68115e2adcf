//! Barriers that serve whoever waits for one: a batch of one shard by the barrier that another issued.
//!
//! A barrier interrupts every thread that runs, which takes ten microseconds on some virtual machines, as long as two hundred
//! insertions. So who has given something up takes a [`Ticket`], and goes on. A barrier that began later is as good as one of its
//! own, as in the sharing of grace periods in RCU (Desnoyers et al., IEEE TPDS 2012).
//!
//! Why that holds: tickets are drawn from the counter of the barriers that have begun by a read-modify-write, and each barrier counts
//! itself there before it begins. So what was given up before a ticket was drawn happened before each barrier with a higher number:
//! who issues it is as good as the one who gave it up. And who sees that it is done sees all that it has made visible.

use super::barrier;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::statics;

statics! {
    /// How many barriers have begun.
    static BEGUN: AtomicUsize = AtomicUsize::new(0);
    /// The highest number of one that is done.
    static DONE: AtomicUsize = AtomicUsize::new(0);
}

/// What waits for a barrier that begins after this was drawn.
#[derive(Clone, Copy)]
pub(super) struct Ticket(usize);

impl Ticket {
    pub(super) fn draw() -> Self {
        Ticket(BEGUN.fetch_add(0, Ordering::AcqRel))
    }

    /// Whether such a barrier is done.
    pub(super) fn is_served(self) -> bool {
        DONE.load(Ordering::Acquire) > self.0
    }
}

/// Issues a barrier, which serves all tickets that were drawn before. False if it failed, and serves none.
pub(super) fn heavy() -> bool {
    let number = BEGUN.fetch_add(1, Ordering::AcqRel) + 1;
    let is_done = barrier::heavy();
    if is_done {
        DONE.fetch_max(number, Ordering::AcqRel);
    }
    is_done
}
