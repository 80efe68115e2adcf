//! Slots that are read without a lock.
//!
//! | file | what is in it |
//! |---|---|
//! | `table`, `chunk` | the index, from hashes to the seats of slots (safe) |
//! | `seats` | from numbers of slots to segments and places in them (safe) |
//! | `segments` | memory that grows and never moves |
//! | `shared` | the memory that readers and the writer share: index, slots, ends |
//! | `kept` | entries that somebody holds on to (safe) |
//! | `ends` | when the entries' ttls end |
//! | `owner` | the writer's half |
//! | `view` | the readers' half, of all shards side by side |
//! | `readers` | who is reading, and when nobody can be any more (safe) |
//! | `barrier` | what `readers` stands on (one system call) |
//! | `grace` | one barrier for all who wait for one (safe) |
//! | `limbo` | slots that were given up, until nobody reads them (safe) |
//! | `guarded`, `lock` | what writers take turns at, and how (the lock is safe) |
//! | `instructions` | what processors do at once: asking for memory before it is needed, comparing bytes |
//!
//! # What it stands on
//!
//! 1. There is one [`Owner`] for each shared memory, which it has claimed, and all that changes goes through `&mut Owner`: one writer at a time.
//! 2. What stands in a slot does not change while the index names it, except for atomics: a new value is a new slot.
//! 3. A slot is written only while no index names it and nobody reads it: it is fresh, or it was given up, and after that
//!    every thread that was reading in this shard has left once (`readers`). That it was given up says its entry's word, an atomic
//!    that is the owner's alone, from then until the slot is filled again: so the owner knows what it may look at.
//! 4. A reader comes to a slot by the index alone, and after it has entered: it loads the tag, then the slot's place, both
//!    with `Acquire`. What stands where there is no tag may name a slot that is not in use.
//!    Who has the owner's lock may come to a slot through the owner, enter, let the lock go, and read on: the next owner
//!    sees that thread, having taken the lock after it.
//! 5. Segments stay where they are until all is dropped. A table is freed as slots are, by 3. The number of chunks is written
//!    after them and read before them, and never becomes less: so who has an old number and a new table stays within it.
//! 6. An entry's mark is hidden until its tag is set. Where a tag is left over from another entry of the same tag, a reader may
//!    come to an entry before that, and must not answer it: who comes later might not find it. It leaves hidden ones alone,
//!    or looks at the tags once more.

mod barrier;
mod chunk;
mod ends;
mod grace;
mod guarded;
mod instructions;
mod kept;
mod limbo;
mod lock;
mod owner;
mod readers;
mod seats;
mod segments;
mod shared;
mod table;
mod view;

pub(crate) use ends::{EndOf, Ends};
pub(crate) use guarded::{Guarded, Held};
pub(crate) use instructions::fetch;
pub(crate) use kept::{Candidate, Pinned};
pub(crate) use owner::Owner;

pub(crate) use view::{View, Views};
