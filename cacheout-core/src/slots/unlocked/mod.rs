//! Slots that are read without a lock.
//!
//! | file | what is in it |
//! |---|---|
//! | `table`, `chunk` | the index, from hashes to the places of slots (safe) |
//! | `segments` | from numbers of slots to their places in memory (safe) |
//! | `readers` | who is reading, and when nobody can be any more (safe) |
//! | `barrier` | what `readers` stands on (one system call) |
//! | `lock` | who writes: one thread at a time (safe) |
//! | `shared` | the memory that readers and the writer share, and that which writers take turns at |
//! | `limbo` | slots that were given up, until nobody reads them (safe) |
//! | `fetch` | asking for memory before it is needed |
//! | `owner`, `view` | the writer's half, and the readers' |
//!
//! # What it stands on
//!
//! 1. There is one [`Owner`] for each shared memory, and all that changes goes through `&mut Owner`: one writer at a time.
//! 2. What stands in a slot does not change while the index names it, except for atomics: a new value is a new slot.
//! 3. A slot is written only while no index names it and nobody reads it: it is fresh, or it was given up, and after that
//!    every thread that was reading in this shard has left once (`readers`).
//! 4. A reader comes to a slot by the index alone, and after it has entered: it loads the tag, then the slot's place, both
//!    with `Acquire`. What stands where there is no tag may name a slot that is not in use.
//!    Who has the owner's lock may come to a slot through the owner, enter, let the lock go, and read on: the next owner
//!    sees that thread, having taken the lock after it.
//! 5. Segments stay where they are until all is dropped. A table is freed as slots are, by 3.

mod barrier;
mod chunk;
mod fetch;
mod limbo;
mod lock;
mod owner;
mod readers;
mod segments;
mod shared;
mod table;
mod view;

pub(crate) use fetch::fetch;
pub(crate) use owner::Owner;
pub(crate) use shared::{Ends, Guarded, Held, Pinned};
pub(crate) use view::View;
