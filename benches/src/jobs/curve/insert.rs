//! Inserts into a full cache.

use crate::measure::{Settings, nanos_each};
use crate::peers::Contestant;
use crate::zipf;

pub fn run(settings: Settings) {
    super::compare(
        "Insert of a new key into a full cache, over its capacity",
        settings,
        &super::contestants(),
        |capacity| {
            let start = 2 * capacity;
            (
                zipf::keys(0..start),
                zipf::keys(start..start + settings.operations),
            )
        },
        measure,
    );
}

fn measure(contestant: &Contestant, capacity: usize, keys: &(Vec<u64>, Vec<u64>)) -> f64 {
    let (first, new) = keys;
    let peer = (contestant.build)(capacity);
    peer.set_all(first);
    peer.settle();
    nanos_each(1, new.len(), &|_| peer.set_all(new))
}
