//! Reading texts by `&str`.

use crate::alloc::allocations_each;
use crate::measure::{Settings, nanos_each, rounds};
use crate::peers::{self, Contestant, REFERENCE, Texts};
use crate::report::{Column, Table};
use crate::zipf::{self, Zipf};

const ENTRIES: usize = 10_000;

pub fn run(settings: Settings) {
    // 20 bytes each
    let texts = zipf::keys(0..ENTRIES).into_iter();
    let texts: Vec<String> = texts.map(|key| format!("key {key:016x}")).collect();
    let zipf = Zipf::new(ENTRIES, 0.99);
    let part = |seed| -> Vec<&str> {
        let ranks = zipf.ranks(settings.operations, seed);
        ranks.map(|rank| &*texts[rank]).collect()
    };
    let asked = [part(1), part(2)];
    let contestants = peers::texts();
    let samples = rounds(settings, &contestants, |contestant| {
        measure(contestant, &texts, &asked)
    });
    let table = Table {
        title: "Hit, String → Arc<str>, looked up by &str: 10,000 entries, Zipf 0.99".to_owned(),
        columns: vec![
            Column::Time("1 thread, ns"),
            Column::Time("2 threads, ns"),
            Column::Plain("allocations", 2),
        ],
        reference: REFERENCE,
        rows: super::rows(&contestants, samples),
    };
    table.print();
}

fn measure(
    contestant: &Contestant<dyn Texts>,
    texts: &[String],
    asked: &[Vec<&str>; 2],
) -> Vec<f64> {
    // twice the room, so that nobody evicts because a shard of its own is full
    let cache = (contestant.build)(2 * ENTRIES);
    for text in texts {
        cache.set(text);
    }
    cache.settle();
    let present: Vec<&str> = texts.iter().map(String::as_str).collect();
    let missed = ENTRIES - cache.count(&present);
    assert!(
        1000 * missed < ENTRIES,
        "{} missed {missed}",
        contestant.name
    );
    cache.get_all(&asked[1]);
    let operations = asked[0].len();
    let time = |threads| {
        nanos_each(threads, operations, &|thread| {
            cache.get_all(&asked[thread]);
        })
    };
    let (alone, together) = (time(1), time(2));
    let allocations = allocations_each(operations, || {
        cache.get_all(&asked[0]);
    });
    vec![alone, together, allocations]
}
