//! The two halves of one full barrier: nothing for those who read, everything for those who write.

#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(miri, shuttle, cacheout_symmetric))
))]
pub(super) use asymmetric::{heavy, is_available, light};
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(miri, shuttle, cacheout_symmetric))
)))]
pub(super) use symmetric::{heavy, is_available, light};

/// The kernel's `membarrier`.
#[cfg(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(miri, shuttle, cacheout_symmetric))
))]
mod asymmetric {
    use std::sync::LazyLock;
    use std::sync::atomic::{Ordering::SeqCst, compiler_fence};

    use crate::os::membarrier::{everywhere, register};

    /// Whether the kernel offers the barrier, and lets us use it. Tests see how it goes where it does not
    /// (`RUSTFLAGS="--cfg cacheout_refused_barrier"`).
    static REGISTERED: LazyLock<bool> =
        LazyLock::new(|| !cfg!(cacheout_refused_barrier) && register());

    pub(in super::super) fn is_available() -> bool {
        *REGISTERED
    }

    /// The reader's half: it keeps the compiler from moving memory accesses over it.
    #[inline]
    pub(in super::super) fn light() {
        compiler_fence(SeqCst);
    }

    /// The writer's half. False if it failed, and nothing may be concluded.
    pub(in super::super) fn heavy() -> bool {
        // registered anew where that was lost, as it may be in a forked process
        is_available() && (everywhere() || register() && everywhere())
    }
}

/// A fence on both sides: elsewhere, and where a tool asks for it (`RUSTFLAGS="--cfg cacheout_symmetric"`).
#[cfg(not(all(
    target_os = "linux",
    target_pointer_width = "64",
    not(any(miri, shuttle, cacheout_symmetric))
)))]
mod symmetric {
    use crate::sync::atomic::{Ordering::SeqCst, fence};

    pub(in super::super) fn is_available() -> bool {
        true
    }

    #[inline]
    pub(in super::super) fn light() {
        fence(SeqCst);
    }

    pub(in super::super) fn heavy() -> bool {
        fence(SeqCst);
        true
    }
}
