//! Who takes part: the default cache, every policy by itself, and the peers.

use cacheout::Policy;

use crate::peers::{self, Kind, Peer};

pub struct Candidate {
    pub name: &'static str,
    /// Whether others are measured by it: a policy that does not adapt, or a peer.
    pub is_yardstick: bool,
    pub is_peer: bool,
    pub build: Box<dyn Fn(usize) -> Box<dyn Peer>>,
}

pub fn all() -> Vec<Candidate> {
    let mut peers = peers::bounded();
    peers.retain(|contestant| contestant.kind != Kind::Baseline);
    let own_and_peers = peers.into_iter().map(|contestant| Candidate {
        name: contestant.name,
        is_yardstick: contestant.kind == Kind::Peer,
        is_peer: contestant.kind == Kind::Peer,
        build: Box::new(contestant.build),
    });
    let (own, peers): (Vec<_>, Vec<_>) = own_and_peers.partition(|c| !c.is_peer);
    let policies = Policy::ALL.map(|policy| Candidate {
        name: policy.name(),
        is_yardstick: is_fixed(policy),
        is_peer: false,
        build: Box::new(move |capacity| peers::with_policy(capacity, policy)),
    });
    own.into_iter().chain(policies).chain(peers).collect()
}

/// The default adapts, unless it is still what it was.
fn is_fixed(policy: Policy) -> bool {
    policy == Policy::Lru || policy != Policy::default()
}
