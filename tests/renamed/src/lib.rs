//! What generated code must not depend on: the prelude, the crate's name, the edition, and names in scope.
#![no_implicit_prelude]
#![deny(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    dead_code
)]
#![warn(clippy::pedantic)]
#![allow(non_camel_case_types, non_upper_case_globals)]

extern crate std;

/// Names that generated code might stumble over.
pub mod taken {
    /// A constant.
    pub const cache: u8 = 1;
    /// A constant.
    pub const miss: u8 = 2;
    /// A constant.
    pub const value: u8 = 3;
    /// A type.
    #[derive(Debug)]
    pub struct Option;
    /// A type.
    #[derive(Debug)]
    pub struct Ok;
    /// A type.
    #[derive(Debug)]
    pub struct Cache;
    /// A type.
    #[derive(Debug)]
    pub struct Box;
    /// A type.
    #[derive(Debug)]
    pub struct String;
    /// A type.
    #[derive(Debug)]
    pub struct Vec;
    /// A trait with methods of common names.
    pub trait Clone {
        /// Not std's.
        fn clone(&self) {}
        /// Not ours.
        fn memo_store(&self) {}
        /// Not ours.
        fn is_failure(&self) {}
    }
    impl<T> Clone for T {}
    /// A module.
    pub mod std {}
    /// A module.
    pub mod core {}
    /// A module.
    pub mod cacheout {}
}

/// Functions among them.
pub mod functions {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::taken::*;

    /// Adds.
    #[::memo::memoize(crate = ::memo, ttl = 60)]
    #[must_use]
    pub fn add(a: u64, b: u64) -> u64 {
        a + b
    }

    /// Looks into a text.
    #[::memo::memoize(crate = ::memo)]
    pub fn length(
        text: &str,
        more: &[u8],
        float: f64,
        maybe: ::std::option::Option<&str>,
    ) -> usize {
        let _ = float;
        let more = more.len() + text.len();
        match maybe {
            ::std::option::Option::Some(maybe) => more + maybe.len(),
            ::std::option::Option::None => more,
        }
    }

    /// May fail.
    ///
    /// # Errors
    /// For what is no number.
    #[::memo::memoize(crate = ::memo)]
    pub fn parse(text: &str) -> ::std::result::Result<u64, ::std::num::ParseIntError> {
        text.parse()
    }

    static SHARED: ::std::sync::LazyLock<::std::sync::Mutex<::memo::Cache<u64, u64>>> =
        ::std::sync::LazyLock::new(|| ::std::sync::Mutex::new(::memo::Cache::new(10)));

    /// Looks into a cache that stands behind a lock.
    #[::memo::memoize(crate = ::memo, cache = ::std::clone::Clone::clone(&*SHARED.lock().unwrap()))]
    #[must_use]
    pub fn countdown(n: u64) -> u64 {
        if n == 0 { 0 } else { countdown(n - 1) }
    }

    macro_rules! doubled {
        ($name:ident) => {
            /// Made by a macro.
            ///
            /// # Errors
            /// If it is too large.
            #[::memo::memoize(crate = ::memo)]
            pub fn $name(n: u8) -> ::std::result::Result<u8, ::std::num::TryFromIntError> {
                ::std::convert::TryFrom::try_from(::std::convert::Into::<u16>::into(n) * 2)
            }
        };
    }
    doubled!(twice);

    /// Waits.
    #[::memo::memoize(crate = ::memo)]
    pub async fn wait(n: u64) -> u64 {
        ::std::future::ready(n).await
    }

    /// Generic.
    #[::memo::memoize(crate = ::memo)]
    pub fn show<T: ::memo::Untyped + ::std::fmt::Debug>(shown: T) -> ::std::string::String {
        ::std::format!("{shown:?}")
    }

    /// Writes.
    #[::memo::invalidates(crate = ::memo, add(1, 2), length)]
    pub fn write() {}

    /// A type with a method.
    #[derive(Debug, Default)]
    pub struct Adder {
        /// What is added.
        pub by: u64,
    }

    impl Adder {
        /// Adds.
        #[::memo::memoize(crate = ::memo, key: (u64, u64) = (self.by, n))]
        pub fn add(&self, n: u64) -> u64 {
            self.by + n
        }

        /// Twice.
        #[::memo::memoize(crate = ::memo, in_impl)]
        pub fn twice(n: u64) -> u64 {
            n * 2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::functions::{Adder, add, countdown, length, parse, show, twice, write};
    use ::std::prelude::v1::*;
    use ::std::{assert, assert_eq};

    #[test]
    fn it_works_here_too() {
        assert_eq!((add(1, 2), add(1, 2)), (3, 3));
        assert_eq!(length("ab", b"c", 0.0, Some("d")), 4);
        assert_eq!(parse("7").unwrap(), 7);
        assert!(parse("x").is_err());
        assert_eq!((countdown(5), countdown::peek(4)), (0, Some(0)));
        assert!(twice(200).is_err());
        assert_eq!((show(1u8), show("a")), ("1".to_owned(), "\"a\"".to_owned()));
        assert_eq!(add::peek(1, 2), Some(3));
        write();
        assert_eq!(add::peek(1, 2), None);
        assert!(length::cache().is_empty());
        let adder = Adder { by: 2 };
        assert_eq!((adder.add(3), Adder::twice(4)), (5, 8));
        assert_eq!(Adder::add_cache().len(), 1);
    }
}
