//! Sorting, in one form for all that is put in order now and then: each form takes a user's crate longer to compile than
//! most of what asks for it.

/// The second numbers, such as slots, in the order of the first ones, and in their own where those are equal.
pub(crate) fn by_number(mut numbered: Vec<(u64, u32)>) -> Vec<u32> {
    numbered.sort_unstable();
    numbered.into_iter().map(|(_, which)| which).collect()
}
