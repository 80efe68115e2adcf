#![doc = include_str!("../README.md")]

pub use cacheout_core::*;
