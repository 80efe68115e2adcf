//! Running this program under callgrind.

use std::process::{Command, Stdio};

pub fn is_there() -> bool {
    let version = Command::new("valgrind").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

/// The instructions of what is counted in a piece. None if it did not run through.
pub fn count(piece: &str, contestant: &str) -> Option<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*counted_by_callgrind*")
        .arg(std::env::current_exe().ok()?)
        .arg(format!("--once={piece}"))
        .arg(format!("--only={contestant}"))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    // "==<process>== Collected : <number>"
    let text = String::from_utf8_lossy(&output.stderr);
    let mut collected = text
        .lines()
        .filter_map(|line| line.split_once("Collected :"));
    let number: u64 = collected.next()?.1.trim().parse().ok()?;
    (number > 0).then_some(number as f64)
}
