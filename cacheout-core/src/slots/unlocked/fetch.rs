//! Asking for memory before it is needed.
#![expect(unsafe_code, reason = "the processor's instruction for it")]

/// Has what is behind a reference arrive in the processor's caches, as far as there is an instruction for that, and waits for
/// nothing.
#[inline]
pub(crate) fn fetch<T>(place: &T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: the instruction is part of the architecture, and does nothing that a program can notice
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = place;
}
