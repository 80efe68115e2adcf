//! What the system's C library offers and std does not. It is declared here, as std links that library anyway: the crate
//! that declares all of it takes longer to build than many a crate of this size.
//!
//! Only where its types are known to be as written: Linux and Android with 64-bit pointers.
#![expect(unsafe_code, reason = "foreign functions")]

/// `struct timespec` of a 64-bit system.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// `CLOCK_MONOTONIC_COARSE`, Linux 2.6.32.
const MONOTONIC_COARSE: i32 = 6;

/// The monotonic clock as of the last tick of the kernel's timer, in nanoseconds; none, if there is no such clock.
#[inline]
pub(crate) fn coarse_nanos() -> Option<u64> {
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: `time` is a valid `timespec`, which the call writes and does not keep.
    let failed = unsafe { clock_gettime(MONOTONIC_COARSE, &raw mut time) } != 0;
    let nanos = time.seconds.cast_unsigned() * 1_000_000_000 + time.nanoseconds.cast_unsigned();
    (!failed).then_some(nanos)
}
