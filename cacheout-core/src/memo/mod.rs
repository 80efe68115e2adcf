//! What the code calls that `#[memoize]` writes. Not for use by hand: it changes with the macro.
#![allow(
    clippy::unused_self,
    reason = "which method of a name is called depends on the type of `self`: that is what the pickers are for"
)]

mod bound;
mod checks;
mod float;
mod given;
mod key;
mod local;
mod name;
mod outcome;
mod refused;
mod shared;
mod slot;
mod store;
mod untyped;

pub use crate::cache::{Begun, Keep, Made, Shared, Unshared};
pub use crate::manager::{Entry, Registration};
pub use bound::{PickBound, PickBoundOther};
pub use checks::{
    KeyTarget, KeyValue, LocalKeyTarget, LocalKeyValue, check_key, check_local_key,
    check_local_target, check_target,
};
pub use float::{Float, FloatKey};
pub use given::{GivenStore, Holds, PickGiven, PickGivenOther, PickGivenShared};
pub use inventory;
pub use key::{Call, Each, Maybe, Part, Same, Sequence, ToOwnedPart, Together, each, same};
pub use local::LocalMiss;
pub use name::{path_beside, path_of};
pub use outcome::{
    Fallible, MemoValue, Pick, PickOther, Probe, ProbeOther, check_value, future_of, made, objects,
    run, try_made,
};
pub use refused::{
    PickBuild, PickBuildOther, PickPart, PickPartOther, PickSlot, PickSlotOther, PickStore,
    PickStoreOther, Place, PlaceOther, Placed, Refused,
};
pub use shared::{MemoKey, PickCall, PickCallOther};
pub use slot::{LocalSlot, Slot, here, of_thread, of_types};
pub use store::{Known, sure};
pub use untyped::{Untyped, UntypedKey, UntypedRef};
