//! What Linux offers and std does not: a clock that is cheap to ask, and a barrier for all threads.
#![expect(unsafe_code, reason = "foreign functions")]

/// The monotonic clock as of the last tick of the kernel's timer, in nanoseconds; none, if there is no such clock.
#[inline]
pub(crate) fn coarse_nanos() -> Option<u64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid `timespec`, which the call writes and does not keep
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) } != 0;
    let nanos = time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned();
    (!failed).then_some(nanos)
}

/// `membarrier`, Linux 4.14: whether the kernel did what the command asks for.
#[cfg(target_os = "linux")]
#[cfg_attr(
    any(miri, shuttle, cacheout_symmetric, cacheout_locked_reads),
    expect(dead_code, reason = "readers and writers fence, or lock")
)]
pub(crate) fn membarrier(command: libc::c_int) -> bool {
    // SAFETY: the call takes integers, touches no memory of ours, and answers an error for what it does not know
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0) == 0 }
}
