//! Reading, and computing what is not there.

use std::hint::black_box;

use crate::measure::{Settings, nanos_each};
use crate::peers::Contestant;
use crate::zipf::{self, Zipf};

/// The most draws that come before what is measured.
const WARM: usize = 2_000_000;

pub fn run(settings: Settings) {
    super::compare(
        "Get-or-insert over the capacity: of ten times as many keys, Zipf 0.99",
        settings,
        &super::contestants(),
        |capacity| Load::new(capacity, settings.operations),
        |contestant, capacity, load| load.measure(contestant, capacity),
    );
}

struct Load {
    warm: Vec<u64>,
    asked: Vec<u64>,
}

impl Load {
    fn new(capacity: usize, operations: usize) -> Self {
        let zipf = Zipf::new(10 * capacity, 0.99);
        // Filled first with what is asked for most, the least of it first: draws alone would take too many.
        let mut warm = zipf::keys(0..capacity);
        warm.reverse();
        warm.extend(zipf.sample(WARM.min(20 * capacity), 99));
        let asked = zipf.sample(operations, 1);
        Load { warm, asked }
    }

    fn measure(&self, contestant: &Contestant, capacity: usize) -> f64 {
        let peer = (contestant.build)(capacity);
        black_box(peer.get_or_set_all(&self.warm));
        nanos_each(1, self.asked.len(), &|_| {
            black_box(peer.get_or_set_all(&self.asked));
        })
    }
}
