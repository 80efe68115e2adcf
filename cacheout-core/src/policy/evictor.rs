//! The policy of one shard, chosen among all there are.

use super::Policy;
use super::adaptive::Adaptive;
use super::evict::{Evict, Marks, Rank, Stamp};
use super::lfu::Lfu;
use super::order::{ByOrder, End};
use super::random::Random;
use super::s3fifo::S3Fifo;
use super::sieve::Sieve;
use super::tinylfu::TinyLfu;
use crate::slots::SlotId;

macro_rules! policies {
    ($($name:ident($policy:ty),)*) => {
        /// The policy of one shard: the one dispatch over all of them.
        #[repr(u8)] // a tag of its own is found sooner than one in a vector's capacity
        pub(crate) enum Evictor {
            $($name($policy),)*
        }

        impl Evict for Evictor {
            #[inline]
            fn prefetch(&self, word: u32) {
                match self { $(Evictor::$name(policy) => policy.prefetch(word),)* }
            }

            #[inline]
            fn insert(&mut self, slot: SlotId, word: u32) {
                match self { $(Evictor::$name(policy) => policy.insert(slot, word),)* }
            }

            #[inline]
            fn replace(&mut self, old: SlotId, new: SlotId, marks: &impl Marks) {
                match self { $(Evictor::$name(policy) => policy.replace(old, new, marks),)* }
            }

            #[inline]
            fn hit(&mut self, slot: SlotId) {
                match self { $(Evictor::$name(policy) => policy.hit(slot),)* }
            }

            #[inline]
            fn remove(&mut self, slot: SlotId) {
                match self { $(Evictor::$name(policy) => policy.remove(slot),)* }
            }

            #[inline]
            fn victim(&mut self, marks: &impl Marks) -> Option<SlotId> {
                match self { $(Evictor::$name(policy) => policy.victim(marks),)* }
            }

            #[inline]
            fn evict(&mut self, slot: SlotId, word: u32) {
                match self { $(Evictor::$name(policy) => policy.evict(slot, word),)* }
            }

            #[inline(always)]
            fn evict_for(&mut self, slot: SlotId, word: u32, marks: &impl Marks) -> Option<SlotId> {
                match self {
                    Evictor::Adaptive(policy) => policy.evict_for(slot, word, marks),
                    other => other.evict_for_otherwise(slot, word, marks),
                }
            }

            #[inline]
            fn prefetch_victim(&mut self, marks: &impl Marks) {
                match self { $(Evictor::$name(policy) => policy.prefetch_victim(marks),)* }
            }

            fn rank(&mut self, slot: SlotId, stamp: Stamp, marks: &impl Marks) -> Rank {
                match self { $(Evictor::$name(policy) => policy.rank(slot, stamp, marks),)* }
            }

            fn clear(&mut self) {
                match self { $(Evictor::$name(policy) => policy.clear(),)* }
            }

            fn order(&self) -> Vec<SlotId> {
                match self { $(Evictor::$name(policy) => policy.order(),)* }
            }
        }

        impl Evictor {
            /// [`evict_for`](Evict::evict_for) where the policy is not the default one.
            #[inline(never)]
            fn evict_for_otherwise(
                &mut self,
                slot: SlotId,
                word: u32,
                marks: &impl Marks,
            ) -> Option<SlotId> {
                match self { $(Evictor::$name(policy) => policy.evict_for(slot, word, marks),)* }
            }
        }
    };
}

policies! {
    Order(ByOrder),
    Lfu(Lfu),
    Random(Random),
    Sieve(Sieve),
    S3Fifo(S3Fifo),
    TinyLfu(Box<TinyLfu>),
    Adaptive(Box<Adaptive>),
}

impl Evictor {
    pub(crate) fn new(policy: Policy) -> Self {
        match policy {
            Policy::Fifo => Evictor::Order(ByOrder::new(End::Old, false)),
            Policy::Lifo => Evictor::Order(ByOrder::new(End::Young, false)),
            Policy::Lru => Evictor::Order(ByOrder::new(End::Old, true)),
            Policy::Mru => Evictor::Order(ByOrder::new(End::Young, true)),
            Policy::Lfu => Evictor::Lfu(Lfu::default()),
            Policy::Random => Evictor::Random(Random::default()),
            Policy::Sieve => Evictor::Sieve(Sieve::default()),
            Policy::S3Fifo => Evictor::S3Fifo(S3Fifo::default()),
            Policy::TinyLfu => Evictor::TinyLfu(Box::default()),
            Policy::Adaptive => Evictor::Adaptive(Box::default()),
        }
    }
}
