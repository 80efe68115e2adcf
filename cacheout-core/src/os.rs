//! What Linux offers and std does not: a clock that is cheap to ask, and a barrier for all threads.
//!
//! The two functions are those of the C library that std itself links to, declared here: a crate of all that the
//! system offers would take longer to build than half of this one. The declarations hold where pointers have 64 bits.
#![expect(unsafe_code, reason = "foreign functions")]

use std::ffi::c_int;
use std::mem::MaybeUninit;

/// C's `struct timespec` where `time_t` and `long` have 64 bits.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanos: i64,
}

/// `CLOCK_MONOTONIC` and `CLOCK_MONOTONIC_COARSE` of `linux/time.h`: the same numbers on all architectures.
const MONOTONIC: c_int = 1;
const MONOTONIC_COARSE: c_int = 6;

// SAFETY: as POSIX declares it: the number of a clock is an `int`, and a `timespec` is written
unsafe extern "C" {
    fn clock_gettime(clock: c_int, time: *mut Timespec) -> c_int;
}

/// The monotonic clock as of the last tick of the kernel's timer, in nanoseconds; none, if there is no such clock.
#[inline(always)]
pub(crate) fn coarse_nanos() -> Option<u64> {
    nanos(MONOTONIC_COARSE)
}

/// The monotonic clock, in nanoseconds.
pub(crate) fn monotonic_nanos() -> Option<u64> {
    nanos(MONOTONIC)
}

#[inline(always)]
fn nanos(clock: c_int) -> Option<u64> {
    let mut time = MaybeUninit::<Timespec>::uninit();
    // SAFETY: `time` has room for a `timespec`, which the call writes and does not keep
    if unsafe { clock_gettime(clock, time.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call has written it
    let Timespec { seconds, nanos } = unsafe { time.assume_init() };
    Some(seconds.cast_unsigned() * 1_000_000_000 + nanos.cast_unsigned())
}

#[cfg(target_os = "linux")]
#[cfg_attr(
    any(miri, shuttle, cacheout_symmetric, cacheout_locked_reads),
    allow(dead_code, reason = "readers and writers fence, or lock")
)]
pub(crate) mod membarrier {
    //! `membarrier`, private and expedited: Linux 4.14, 2017.

    use std::ffi::{c_int, c_long};

    /// The call's number in the kernel's tables: that of `asm-generic/unistd.h`, or of an architecture that is older.
    /// Without one the kernel is taken to refuse.
    const NUMBER: Option<c_long> = if cfg!(any(
        target_arch = "aarch64",
        target_arch = "loongarch64",
        target_arch = "riscv64"
    )) {
        Some(283)
    } else if cfg!(target_arch = "x86_64") {
        Some(324)
    } else if cfg!(target_arch = "powerpc64") {
        Some(365)
    } else if cfg!(target_arch = "s390x") {
        Some(356)
    } else if cfg!(target_arch = "sparc64") {
        Some(351)
    } else if cfg!(any(target_arch = "mips64", target_arch = "mips64r6")) {
        Some(5000 + 318) // counted from 5000 on where pointers have 64 bits
    } else {
        None
    };

    // of `linux/membarrier.h`
    const PRIVATE_EXPEDITED: c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;

    // SAFETY: as the C libraries of Linux declare it, variadic and of `long`
    unsafe extern "C" {
        fn syscall(number: c_long, ...) -> c_long;
    }

    /// Asks for leave to use the barrier: whether the kernel gives it to this process.
    pub(crate) fn register() -> bool {
        command(REGISTER_PRIVATE_EXPEDITED)
    }

    /// Runs a full barrier on all threads of the process: whether the kernel did.
    pub(crate) fn everywhere() -> bool {
        command(PRIVATE_EXPEDITED)
    }

    fn command(command: c_int) -> bool {
        let flags: c_int = 0;
        // SAFETY: the call takes integers, touches no memory of ours, and answers an error for what it does not know
        NUMBER.is_some_and(|number| unsafe { syscall(number, command, flags) == 0 })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::coarse_nanos;

    #[test]
    fn the_coarse_clock_advances_as_the_exact_one_does() {
        let begin = Instant::now();
        let before = coarse_nanos().unwrap();
        std::thread::sleep(Duration::from_millis(60));
        let gone = Duration::from_nanos(coarse_nanos().unwrap() - before);
        let tick = Duration::from_millis(25); // and more
        assert!(
            gone >= Duration::from_millis(60).saturating_sub(tick),
            "{gone:?}"
        );
        assert!(gone <= begin.elapsed() + tick, "{gone:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    #[cfg_attr(miri, ignore = "miri has no such call")]
    fn the_kernel_knows_the_barrier() {
        use super::membarrier::{everywhere, register};
        // a kernel, or a sandbox, may refuse both; what it may not is to give leave and then fail
        assert!(!register() || everywhere());
    }
}
