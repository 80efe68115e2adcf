//! Whatever a signature or an option is made of, `#[memoize]` takes it as it is written.

use std::collections::HashMap;

use cacheout::{Cache, invalidates, memoize};

struct Pair {
    left: u32,
    right: u32,
}

mod inner {
    #[derive(Clone, PartialEq, Eq, Hash)]
    pub struct Wrapped(pub u32);
}

#[test]
fn patterns_and_attributes_of_arguments_are_kept() {
    #[memoize(skip(left, r))]
    #[allow(clippy::toplevel_ref_arg)]
    fn destructured(
        inner::Wrapped(n): inner::Wrapped,
        Pair { left, right: r }: Pair,
        #[allow(unused_mut)] mut last: u32,
        whole @ (first, ..): (u8, u8),
        ref borrowed: String,
    ) -> u32 {
        last += 1;
        n + left + r + last + u32::from(whole.1) + u32::from(first) + borrowed.len() as u32
    }
    let pair = || Pair { left: 1, right: 2 };
    let call = |last| destructured(inner::Wrapped(3), pair(), last, (4, 5), "ab".into());
    assert_eq!((call(6), call(6), call(7)), (24, 24, 25));
    assert_eq!(destructured::cache().len(), 2);
}

#[test]
fn a_body_may_begin_with_attributes_of_its_own() {
    #[memoize]
    fn shouting(n: u32) -> u32 {
        #![allow(non_snake_case)]
        let N = n;
        N + n - n
    }
    assert_eq!((shouting(1), shouting(1)), (1, 1));
}

#[test]
fn types_may_hold_expressions() {
    #[memoize]
    fn squared(
        n: [u8; {
            let n = 1;
            n + 1
        }],
    ) -> [u8; if true { 2 } else { 3 }]
    where
        u8: Copy,
    {
        n.map(|n| n * n)
    }
    assert_eq!((squared([2, 3]), squared([2, 3])), ([4, 9], [4, 9]));
}

#[test]
fn options_may_be_any_expression() {
    #[memoize(
        key: u32 = if n > 10 { 10 } else { n },
        when = matches!(n, 0 | 5..) && [1, 2].len() == 2,
        unless = |value: &HashMap<u32, (u8, u8), _>| value.is_empty() || value.contains_key(&7),
        max_size = { let two = 2; two + 2 },
        ttl = std::time::Duration::from_secs(u64::from(1u32) << 3),
    )]
    fn map(n: u32) -> HashMap<u32, (u8, u8)> {
        (0..n).map(|n| (n, (0, 0))).collect()
    }
    for n in [0, 1, 5, 6, 7, 8, 11, 12] {
        map(n);
    }
    assert_eq!(map::cache().len(), 3, "of 5, 6 and 7");
    assert_eq!(map::cache().max_size(), 4);
    assert_eq!(map::peek(5).map(|map| map.len()), Some(5));
}

#[test]
fn a_cache_may_be_any_expression() {
    thread_local! {
        static CACHES: [Cache<u8, u8>; 2] = [Cache::new(1), Cache::new(2)];
    }
    #[memoize(cache = CACHES.with(|caches| { let [_, second] = caches; second.clone() }))]
    fn same(n: u8) -> u8 {
        n
    }
    assert_eq!((same(1), same(2), same(1)), (1, 2, 1));
    assert_eq!(CACHES.with(|caches| caches[1].len()), 2);
}

#[test]
fn what_is_invalidated_may_depend_on_anything() {
    #[memoize(typed = true)]
    fn price<T>(id: T) -> u32
    where
        T: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    {
        let _ = id;
        1
    }
    #[invalidates(price(if ids.0 > 0 { ids.0 } else { 9 }))]
    fn change(ids: (u32, u32)) {
        let _ = ids;
    }
    price(1u32);
    price(9u32);
    change((0, 1));
    assert_eq!((price::peek(1u32), price::peek(9u32)), (Some(1), None));
}

/// The lifetimes in a function's own signature are no borrows of what is cached.
#[test]
fn functions_are_returned_with_their_own_signatures() {
    use std::sync::Arc;

    type Counter = Arc<dyn for<'a> Fn(&'a str) -> usize + Send + Sync>;

    #[memoize]
    fn elided(factor: usize) -> Arc<dyn Fn(&str) -> usize + Send + Sync> {
        Arc::new(move |text| factor * text.len())
    }

    #[memoize]
    fn bound(factor: usize) -> Arc<dyn for<'a> Fn(&'a str) -> usize + Send + Sync> {
        Arc::new(move |text| factor * text.len())
    }

    #[memoize]
    fn pointer(factor: usize) -> Option<fn(&str) -> usize> {
        (factor == 1).then_some(str::len)
    }

    let counters: [Counter; 2] = [elided(2), bound(3)];
    let counts = counters.map(|count| count(&String::from("text")));
    assert_eq!(counts, [8, 12]);
    assert_eq!(pointer(1).unwrap()("text"), 4);
}

#[test]
fn a_key_may_name_an_argument_in_a_range_or_in_a_format() {
    #[memoize(key: String = text[..n].to_owned(), when = (1..=n).count() > 0)]
    fn prefix(text: &str, n: usize) -> usize {
        text.len() + n
    }
    #[memoize(key: String = format!("{a:>width$.precision$}"))]
    fn shown(a: f64, width: usize, precision: usize) -> usize {
        a as usize + width + precision
    }
    #[memoize(key: String = format!("{type}"))]
    fn raw(r#type: u32) -> u32 {
        r#type
    }
    assert_eq!((prefix("abc", 2), prefix("abd", 2)), (5, 5));
    assert_eq!(prefix::peek("abx", 2), Some(5));
    assert_eq!((shown(1.0, 2, 3), shown::peek(1.0, 2, 3)), (6, Some(6)));
    assert_eq!((raw(1), raw::peek(1)), (1, Some(1)));
}

#[test]
fn a_macro_may_pass_options_types_and_self_on() {
    macro_rules! memoized {
        ($name:ident, $ttl:expr, $size:literal, $text:literal) => {
            #[memoize(ttl = $ttl, max_size = $size, name = $text)]
            fn $name(n: u32) -> u32 {
                n
            }
        };
    }
    memoized!(minute, "1m", 5, "signatures.minute");
    memoized!(second, 1, 6, "signatures.second");
    assert_eq!((minute(1), second(2)), (1, 2));
    let left = |cache: &Cache<u32, u32>, n| cache.get_ttl(&n).unwrap().as_secs_f32().ceil();
    assert_eq!(left(minute::cache(), 1), 60.0);
    assert_eq!(
        (left(second::cache(), 2), second::cache().max_size()),
        (1.0, 6)
    );

    #[derive(Debug)]
    struct NotClone;
    macro_rules! typed {
        ($name:ident, $arg:ty, $output:ty, $value:expr) => {
            #[memoize]
            fn $name(x: &$arg) -> $output {
                let _ = x;
                $value
            }
        };
    }
    typed!(of_text, str, Result<u32, NotClone>, Ok(1));
    typed!(of_floats, [f64], u32, 2);
    typed!(of_texts, [&str], u32, 3);
    typed!(of_box, Box<[f32]>, u32, 4);
    assert_eq!(
        (of_text("a").unwrap(), of_floats(&[1.0]), of_texts(&["a"])),
        (1, 2, 3)
    );
    assert_eq!(
        (of_box(&Box::from([1.0])), of_text::peek("a")),
        (4, Some(1))
    );

    struct Id(u32);
    macro_rules! method {
        ($self:ident, $key:expr, $body:block) => {
            impl Id {
                #[memoize(key: u32 = $key)]
                fn doubled(&$self) -> u32 $body
            }
        };
    }
    method!(self, self.0, { self.0 * 2 });
    assert_eq!((Id(3).doubled(), Id(3).doubled_cache_key()), (6, 3));
}

#[test]
fn what_is_mutable_stays_mutable_in_a_trait() {
    trait Sum {
        fn sum(self, n: u32, m: u32) -> u32;
    }
    struct From(u32);
    impl Sum for From {
        #[memoize(in_trait, key: (u32, u32) = (self.0, n))]
        fn sum(mut self, mut n: u32, m: u32) -> u32 {
            n += m;
            self.0 += n;
            self.0
        }
    }
    impl Sum for Box<From> {
        #[memoize(in_trait, key: u32 = n)]
        fn sum(mut self, n: u32, _: u32) -> u32 {
            self.0 += n;
            self.0
        }
    }
    assert_eq!((From(1).sum(2, 3), From(1).sum(2, 9)), (6, 6));
    assert_eq!(Box::new(From(1)).sum(2, 3), 3);
}

#[tokio::test]
async fn keys_and_conditions_may_use_the_names_in_a_pattern() {
    #[memoize(key: String = format!("{name}{}", n + 1), when = *seen > 0 && pair.0 == n)]
    fn parts(
        (mut n, ref seen): (u32, u8),
        Labelled { name, .. }: Labelled,
        ref pair @ (first, _): (u32, u32),
        &last: &u8,
    ) -> usize {
        n += u32::from(*seen) + pair.1 + first + u32::from(last);
        n as usize + name.len() // which is moved here
    }
    struct Labelled {
        name: String,
        _more: Vec<u8>,
    }
    let labelled = || Labelled {
        name: "a".into(),
        _more: vec![],
    };
    assert_eq!(parts((1, 2), labelled(), (1, 1), &1), 7);
    assert_eq!(
        parts((1, 9), labelled(), (1, 1), &1),
        7,
        "it is in the cache"
    );
    assert_eq!(
        parts((1, 0), labelled(), (1, 1), &1),
        5,
        "it is not looked up"
    );
    assert_eq!(parts::cache_key((1, 3), labelled()), "a2");
    assert_eq!(parts::peek((1, 3), labelled()), Some(7));
    parts::prime((1, 3), labelled(), 8);
    assert_eq!(parts::peek((1, 3), labelled()), Some(8));
    assert_eq!(parts::refresh((1, 3), labelled(), (1, 1), &1), 8);
    assert!(parts::invalidate((1, 3), labelled()));

    #[memoize(key: u64 = a + b)]
    async fn sum(&(a, b): &(u64, u64), [c, ..]: &[u64; 2]) -> u64 {
        a + b + c
    }
    #[memoize(key: (T, u8) = (value.clone(), tag))]
    fn generic<T>((value, tag): (T, u8)) -> u8
    where
        T: Clone + std::hash::Hash + Eq + Send + Sync + 'static,
    {
        drop(value);
        tag
    }
    assert_eq!(sum(&(1, 2), &[3, 4]).await, 6);
    assert_eq!(
        (sum(&(1, 2), &[5, 6]).await, sum::peek(&(3, 0))),
        (6, Some(6))
    );
    assert_eq!((generic((1u8, 2)), generic::peek((1u8, 2))), (2, Some(2)));
}

#[test]
fn what_is_skipped_makes_no_difference_to_the_cache_even_if_it_has_no_named_type() {
    #[memoize(skip(load))]
    fn loaded(id: u32, load: impl FnOnce() -> u32) -> u32 {
        id + load()
    }
    assert_eq!((loaded(1, || 1), loaded(1, || 2)), (2, 2));
    assert_eq!((loaded::peek(1), loaded::cache_key(1)), (Some(2), 1));
    assert_eq!(loaded::refresh(1, || 5), 6);
    loaded::clear();
    assert_eq!(loaded::cache().len(), 0);

    struct Loader;
    impl Loader {
        #[memoize(skip(self, load), typed = true)]
        fn load<T>(&self, id: T, load: impl Fn() -> u32) -> u32
        where
            T: Clone + std::hash::Hash + Eq + Send + Sync + 'static,
        {
            let _ = id;
            load()
        }
    }
    assert_eq!((Loader.load(1, || 1), Loader.load(1, || 2)), (1, 1));
}

mod generated_names {
    #![allow(non_upper_case_globals, dead_code)]

    use cacheout::memoize;

    const arg0: u32 = 4;
    static slot: u32 = 4;

    #[memoize]
    pub(super) fn unnamed(_: u32, (a, b): (u32, u32)) -> u32 {
        a + b
    }

    #[memoize(thread_local)]
    pub(super) fn local<const N: usize>() -> usize {
        N
    }
}

#[test]
fn generated_names_are_no_user_s() {
    assert_eq!(generated_names::unnamed(1, (2, 3)), 5);
    assert_eq!(generated_names::local::<3>(), 3);
}

mod lints {
    #![deny(warnings)]

    use cacheout::memoize;

    #[deprecated]
    #[derive(Clone, PartialEq, Eq, Hash)]
    pub struct Old;

    #[allow(deprecated)]
    pub const OLD: Old = Old;

    #[memoize]
    #[allow(deprecated)]
    pub fn of_old(x: Old) -> u32 {
        let _ = x;
        1
    }

    #[memoize]
    #[expect(deprecated, unused_variables)]
    pub fn of_expected(x: Old) -> u32 {
        2
    }

    #[memoize]
    pub fn of_args(#[allow(non_snake_case)] N: u32, #[expect(unused_variables)] q: u32) -> u32 {
        N
    }

    #[memoize]
    #[allow(non_snake_case)]
    pub fn of_names(N: u32) -> u32 {
        N
    }

    pub struct Unit;

    impl Unit {
        #[memoize(skip(self))]
        #[allow(deprecated, non_snake_case)]
        pub fn method(&self, N: Old) -> u32 {
            let _ = N;
            3
        }
    }

    pub trait Told {
        fn told(&self, x: u32) -> u32;
    }

    impl Told for Unit {
        #[memoize(in_trait, skip(self))]
        #[expect(unused_variables)]
        fn told(&self, x: u32) -> u32 {
            let y = x;
            4
        }
    }
}

#[test]
fn what_silences_the_compiler_goes_with_the_companions() {
    use lints::{OLD, Told, Unit, of_args, of_expected, of_names, of_old};
    assert_eq!((of_old(OLD), of_expected(OLD), of_args(5, 6)), (1, 2, 5));
    assert_eq!((of_names(7), Unit.method(OLD), Unit.told(1)), (7, 3, 4));
    assert_eq!(of_args::peek(5, 6), Some(5));
}
