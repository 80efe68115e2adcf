//! Whether a measurement had its cores to itself.
//!
//! Two threads that have to share a core do not get into each other's way, and look fast; so do not trust what was
//! measured while another program ran.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static WAS_DISTURBED: AtomicBool = AtomicBool::new(false);

/// Whether a thread had to wait for a core since this was asked last.
pub fn was_disturbed() -> bool {
    WAS_DISTURBED.swap(false, Ordering::Relaxed)
}

/// How long the calling thread has been ready to run, and did not. None where the system does not tell.
pub fn waited() -> Option<Duration> {
    // "<nanoseconds on a core> <nanoseconds waiting for one> <time slices>"
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// Judges what the calling thread measured in `span`: it is disturbed if 3 % of that went into waiting.
pub fn judge(before: Option<Duration>, span: Duration) {
    let waiting = waited()
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    if waiting.is_some_and(|waiting| waiting * 33 > span) {
        WAS_DISTURBED.store(true, Ordering::Relaxed);
    }
}
