//! What the code calls that `#[memoize]` writes. Not for use by hand: it changes with the macro.

mod key;
mod name;
mod outcome;
mod store;

pub use crate::cache::{Keep, Made, Shared, Unshared};
pub use crate::manager::{Entry, Registration};
pub use inventory;
pub use key::{Call, Each, Float, FloatKey, Maybe, Part, Same, ToOwnedPart, Together, each};
pub use name::path_of;
pub use outcome::{Fallible, Pick, PickOther, Probe, ProbeOther, keep_unless, made, try_made};
pub use store::{Miss, sure};
