//! What a cache that knows the future would find (Belády, "A study of replacement algorithms for a virtual-storage
//! computer", 1966), and that need not store what it computes.

use std::collections::{BinaryHeap, HashMap};

/// For each request, at which place the same key is asked for next.
pub fn next_uses(keys: &[u64]) -> Vec<Option<usize>> {
    let mut nexts = vec![None; keys.len()];
    let mut seen = HashMap::new();
    for (place, &key) in keys.iter().enumerate().rev() {
        nexts[place] = seen.insert(key, place);
    }
    nexts
}

/// The number of hits. Entries are known by the place of their next use, and the one that is used last leaves.
pub fn hits(nexts: &[Option<usize>], capacity: usize) -> usize {
    let mut is_there = vec![false; nexts.len()];
    let mut entries = 0;
    // Places that have gone by stay in here, below all that have not.
    let mut order = BinaryHeap::new();
    let mut hits = 0;
    for (place, next) in nexts.iter().enumerate() {
        if is_there[place] {
            hits += 1;
            entries -= 1;
        }
        let Some(next) = *next else {
            continue; // never asked for again
        };
        is_there[next] = true;
        entries += 1;
        order.push(next);
        if entries > capacity
            && let Some(last) = order.pop()
        {
            is_there[last] = false;
            entries -= 1;
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::{hits, next_uses};

    fn hits_of(keys: &[u64], capacity: usize) -> usize {
        hits(&next_uses(keys), capacity)
    }

    #[test]
    fn a_loop_finds_what_it_keeps() {
        let keys: Vec<u64> = (0..10).cycle().take(100).collect();
        assert_eq!(hits_of(&keys, 10), 90);
        // four of ten stay for good, in each of nine rounds
        assert_eq!(hits_of(&keys, 4), 36);
    }

    #[test]
    fn what_is_asked_for_once_takes_no_room() {
        assert_eq!(hits_of(&[1, 2, 1, 3, 1, 4, 1], 1), 3);
    }
}
