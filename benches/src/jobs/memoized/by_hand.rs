//! What one would write without a crate: a static map behind a lock.

use hashbrown::HashMap;
use parking_lot::Mutex;
use std::cell::RefCell;
use std::sync::LazyLock;

use super::{compute, compute_text};

type Map<K, V> = LazyLock<Mutex<HashMap<K, V>>>;

pub fn unbounded(n: u64) -> u64 {
    static MAP: Map<u64, u64> = LazyLock::new(Mutex::default);
    if let Some(&value) = MAP.lock().get(&n) {
        return value;
    }
    let value = compute(n);
    MAP.lock().insert(n, value);
    value
}

pub fn per_thread(n: u64) -> u64 {
    thread_local! {
        static MAP: RefCell<HashMap<u64, u64>> = RefCell::default();
    }
    MAP.with_borrow_mut(|map| *map.entry(n).or_insert_with(|| compute(n)))
}

static TEXTS: Map<String, String> = LazyLock::new(Mutex::default);

pub fn of_str(text: &str) -> String {
    if let Some(value) = TEXTS.lock().get(text) {
        return value.clone();
    }
    let value = compute_text(text);
    TEXTS.lock().insert(text.to_owned(), value.clone());
    value
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "what is measured is a function that takes a `String`"
)]
pub fn of_string(text: String) -> String {
    of_str(&text)
}
