//! The two halves of one full barrier: nothing for those who read, everything for those who write.

#[cfg(all(target_os = "linux", not(miri), not(shuttle), not(cacheout_symmetric)))]
pub(super) use asymmetric::{heavy, is_available, light};
#[cfg(not(all(target_os = "linux", not(miri), not(shuttle), not(cacheout_symmetric))))]
pub(super) use symmetric::{heavy, is_available, light};

/// `membarrier`, private and expedited: Linux 4.14, 2017.
#[cfg(all(target_os = "linux", not(miri), not(shuttle), not(cacheout_symmetric)))]
mod asymmetric {
    use std::sync::LazyLock;
    use std::sync::atomic::{Ordering::SeqCst, compiler_fence};

    /// Whether the kernel offers the barrier, and lets us use it.
    static REGISTERED: LazyLock<bool> = LazyLock::new(register);

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
        is_available()
            && (call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED)
                || register() && call(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED))
    }

    fn register() -> bool {
        call(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
    }

    #[expect(unsafe_code, reason = "a system call that std does not have")]
    fn call(command: libc::c_int) -> bool {
        // SAFETY: membarrier takes two integers, touches no memory of ours, and answers an error for what it does not know
        let answer = unsafe { libc::syscall(libc::SYS_membarrier, command, 0) };
        answer == 0
    }
}

/// A fence on both sides: elsewhere, and where a tool asks for it (`RUSTFLAGS="--cfg cacheout_symmetric"`).
#[cfg(not(all(target_os = "linux", not(miri), not(shuttle), not(cacheout_symmetric))))]
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
