//! A memoized function as a row of a table.

use std::hint::black_box;

use crate::alloc::allocations_each;
use crate::measure::{Named, Samples, Settings, nanos_each, rounds};
use crate::peers::Kind;
use crate::report::{Column, Row, Table};

type Run = dyn Fn(&[u64]) + Sync;

pub struct Call {
    name: &'static str,
    kind: Kind,
    /// Calls the function for each number. The loop is compiled for the function, so that it can be inlined.
    run: Box<Run>,
}

impl Named for Call {
    fn name(&self) -> &'static str {
        self.name
    }
}

impl Call {
    pub fn run(&self, numbers: &[u64]) {
        (self.run)(numbers);
    }
}

pub fn call<R>(
    name: &'static str,
    kind: Kind,
    function: impl Fn(u64) -> R + Sync + 'static,
) -> Call {
    let run = Box::new(move |numbers: &[u64]| {
        for &number in numbers {
            black_box(function(black_box(number)));
        }
    });
    Call { name, kind, run }
}

/// Measures `calls` on one thread and two, and prints a table. `numbers` makes what one thread passes in one measurement.
pub fn compare(
    title: &str,
    settings: Settings,
    calls: &[Call],
    mut numbers: impl FnMut() -> Vec<u64>,
) {
    let samples = rounds(settings, calls, |call| {
        measure(call, &[numbers(), numbers(), numbers()])
    });
    let columns = vec![
        Column::Time("1 thread, ns"),
        Column::Time("2 threads, ns"),
        Column::Plain("allocations", 2),
    ];
    print(title, columns, calls, samples);
}

/// Measures `calls` on one thread, and prints a table: for what two threads would do to each other.
pub fn compare_alone(title: &str, settings: Settings, calls: &[Call], numbers: &[u64]) {
    let measure = |call: &Call| {
        call.run(&numbers[..numbers.len() / 10]);
        vec![nanos_each(1, numbers.len(), &|_| call.run(numbers))]
    };
    let samples = rounds(settings, calls, measure);
    print(title, vec![Column::Time("1 thread, ns")], calls, samples);
}

fn print(title: &str, columns: Vec<Column>, calls: &[Call], samples: Vec<Samples>) {
    let rows = calls.iter().zip(samples).map(|(call, samples)| Row {
        name: call.name,
        is_peer: call.kind == Kind::Peer,
        samples,
    });
    let table = Table {
        title: title.to_owned(),
        columns,
        reference: "cached",
        rows: rows.collect(),
    };
    table.print();
}

/// The first part of `numbers` is for the thread that runs alone, the others for two that run together.
fn measure(call: &Call, numbers: &[Vec<u64>; 3]) -> Vec<f64> {
    let count = numbers[0].len();
    call.run(&numbers[0][..count / 10]);
    let mut alone = 0.0;
    let allocations = allocations_each(count, || {
        alone = nanos_each(1, count, &|_| call.run(&numbers[0]));
    });
    let together = nanos_each(2, count, &|thread| call.run(&numbers[1 + thread]));
    vec![alone, together, allocations]
}
