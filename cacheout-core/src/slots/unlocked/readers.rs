//! Who is reading: threads that enter and leave by plain stores, and writers that pay for the fence.
//!
//! Each thread that reads has a [`Record`]. To enter a place (a shard's memory) it stores the place there, to leave it
//! stores zero; no other thread writes that word. A writer that has made something unreachable, and
//! wants to use its memory again, issues the one heavy barrier for both sides, looks at all records, and remembers who
//! was reading in that place: the [`Witnesses`]. When each of them was seen elsewhere, once, nobody can still see what was
//! made unreachable before the barrier. Who has left and come back is taken for still there, until the next look.
//!
//! Why that holds: a reader stores its record and then loads the index; a writer stores to the index and then loads the
//! records. With a full barrier between the two on both sides, at least one of the two sees the other's store (store
//! buffering, the pattern of Dekker's algorithm). The reader's barrier is one for the compiler alone; on Linux the
//! writer's `membarrier` makes every thread of the process pass a full barrier at some point, and whichever side of that
//! point the reader's two accesses lie on, they are as good as fenced. Where there is no `membarrier`, both sides fence.
//!
//! This is asymmetric quiescence as in user-space RCU (Desnoyers et al., IEEE TPDS 2012), for one place at a time: who
//! reads elsewhere holds nobody up.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{statics, thread_local};

use super::barrier;

/// What one thread shows of its reading, on cache lines of its own.
#[repr(align(128))]
struct Record {
    /// The place where the thread reads, or zero.
    place: AtomicUsize,
    /// Whether a thread has it.
    taken: AtomicBool,
    /// The chain of all records. They are never freed, and taken again by later threads.
    next: OnceLock<Box<Record>>,
}

impl Record {
    const fn new(taken: bool) -> Self {
        Record {
            place: AtomicUsize::new(0),
            taken: AtomicBool::new(taken),
            next: OnceLock::new(),
        }
    }

    fn take(&self) -> bool {
        !self.taken.load(Ordering::Relaxed) && !self.taken.swap(true, Ordering::AcqRel)
    }
}

statics! {
    /// Where the chain of records begins.
    static FIRST: Record = Record::new(false);
    /// How many records are taken.
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
}

thread_local! {
    /// The thread's record. It needs no destructor, so that looking it up is one load.
    static MINE: Cell<Option<&'static Record>> = const { Cell::new(None) };
    /// Gives the record back when the thread ends.
    static LEASE: Lease = const { Lease(Cell::new(None)) };
}

/// This thread's record, if it has one. Under the model checker it is gone before the lease is, and so is asked for softly.
#[inline]
fn mine() -> Option<&'static Record> {
    MINE.try_with(Cell::get).ok().flatten()
}

struct Lease(Cell<Option<&'static Record>>);

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = MINE.try_with(|mine| mine.set(None));
        if let Some(record) = self.0.get() {
            give_back(record);
        }
    }
}

/// Takes a record that nobody has.
fn take_any() -> &'static Record {
    let mut record: &'static Record = &FIRST;
    while !record.take() {
        // if two threads append at once, one of them finds the other's record, which is taken, and goes on
        record = record.next.get_or_init(|| Box::new(Record::new(false)));
    }
    TAKEN.fetch_add(1, Ordering::SeqCst);
    record
}

fn give_back(record: &Record) {
    record.taken.store(false, Ordering::Release);
    TAKEN.fetch_sub(1, Ordering::AcqRel);
}

/// Gives this thread a record. None if it cannot read without a lock: where barriers are not to be had, or while it ends.
#[cold]
fn enlist() -> Option<&'static Record> {
    let is_alive = LEASE.try_with(|_| ()).is_ok() && MINE.try_with(|_| ()).is_ok();
    if !is_alive || !barrier::is_available() {
        return None;
    }
    let record = take_any();
    // a writer that was alone so far issues no barrier: it has to know of this thread before that reads
    let is_leased = barrier::heavy() && LEASE.try_with(|lease| lease.0.set(Some(record))).is_ok();
    if !is_leased {
        give_back(record);
        return None;
    }
    MINE.with(|mine| mine.set(Some(record)));
    Some(record)
}

/// While this lives, what was reachable in a place when the thread entered stays in memory. It stays in its thread, which
/// alone writes its record.
pub(super) struct Section(&'static Record, PhantomData<*mut ()>);

impl Section {
    /// Enters a place, which is named by any number but zero. None if the thread has to ask under the lock instead: it
    /// reads already (a key or a value that uses another cache while it is compared or cloned), or it has no record.
    #[inline]
    pub(super) fn enter(place: usize) -> Option<Section> {
        let record = match mine() {
            Some(record) => record,
            None => enlist()?,
        };
        Section::enter_by(record, place)
    }

    /// [`enter`](Self::enter), for a thread that has read before.
    #[inline]
    pub(super) fn reenter(place: usize) -> Option<Section> {
        Section::enter_by(mine()?, place)
    }

    #[inline]
    fn enter_by(record: &'static Record, place: usize) -> Option<Section> {
        if record.place.load(Ordering::Relaxed) != 0 {
            return None;
        }
        // as in leaving: whoever sees this thread here sees that its reads elsewhere are done
        record.place.store(place, Ordering::Release);
        barrier::light();
        Some(Section(record, PhantomData))
    }
}

impl Drop for Section {
    #[inline]
    fn drop(&mut self) {
        // whoever sees this sees that all reads before it are done
        self.0.place.store(0, Ordering::Release);
    }
}

/// As a [`Section`], but entered while its thread held the place's lock, which it may let go of then: whoever takes the lock
/// next sees by that alone that somebody reads. So it needs neither a barrier nor a thread with a record, and is
/// to be had always.
pub(super) enum Stay {
    /// In the thread's own record, where that was not occupied.
    Own {
        _section: Section,
    },
    Further {
        _record: Further,
    },
}

impl Stay {
    /// Enters a place whose lock this thread holds.
    #[inline]
    pub(super) fn begin(place: usize) -> Stay {
        match mine().and_then(|record| Section::enter_by(record, place)) {
            Some(section) => Stay::Own { _section: section },
            None => Stay::Further {
                _record: Further::begin(place),
            },
        }
    }
}

/// A record beside the thread's own. There are as many as were ever needed at once.
pub(super) struct Further(&'static Record);

impl Further {
    #[cold]
    fn begin(place: usize) -> Further {
        let record = take_any();
        record.place.store(place, Ordering::Release);
        Further(record)
    }
}

impl Drop for Further {
    fn drop(&mut self) {
        self.0.place.store(0, Ordering::Release);
        give_back(self.0);
    }
}

/// Those who were reading in a place when something there was made unreachable, and have not been seen elsewhere since.
#[derive(Default)]
pub(super) struct Witnesses {
    place: usize,
    records: Vec<&'static Record>,
}

impl Witnesses {
    /// Finds those who are reading in `place` now. What was made unreachable there before a heavy barrier that is done, or at any time
    /// [if none is needed](needs_barrier), is used by nobody else.
    pub(super) fn look(&mut self, place: usize) {
        self.place = place;
        self.records.clear();
        let mut next: Option<&'static Record> = Some(&FIRST);
        while let Some(record) = next {
            if record.place.load(Ordering::Acquire) == place {
                self.records.push(record);
            }
            next = record.next.get().map(|next| &**next);
        }
    }

    /// Whether there are none, or none any more.
    pub(super) fn have_left(&mut self) -> bool {
        let place = self.place;
        self.records
            .retain(|record| record.place.load(Ordering::Acquire) == place);
        self.records.is_empty()
    }
}

/// Asks the system for its barrier, which it gives leave to once for the process.
pub(super) fn prepare() {
    barrier::is_available();
}

/// Whether a heavy barrier has to come before a [look](Witnesses::look). Where there is none, whoever reads has begun that under the
/// lock, which this thread took later.
pub(super) fn needs_barrier() -> bool {
    !is_alone() && barrier::is_available()
}

/// Whether no other thread reads any cache without a lock, nor this one more than one. Then no heavy barrier is needed:
/// a thread sees its own stores, and one that comes to read later issues a barrier first, before which this one has
/// stored what it stored.
#[inline]
pub(super) fn is_alone() -> bool {
    // where readers fence for themselves, so does this: else one that enlists right now might be overlooked
    barrier::light();
    let mine = usize::from(mine().is_some());
    TAKEN.load(Ordering::Acquire) == mine
}
