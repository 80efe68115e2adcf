//! Who takes part: the default cache, every policy by itself, and the peers.

use cacheout::Policy;

use crate::peers::{self, Contestant, Kind, Peer};

pub struct Candidate {
    pub name: &'static str,
    pub role: Role,
    pub build: Box<dyn Fn(usize) -> Box<dyn Peer>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A policy of this crate that does not adapt: others are measured by the best of these and of the peers.
    Fixed,
    Peer,
    /// Measured by those, and no measure itself.
    Judged,
}

pub fn all() -> Vec<Candidate> {
    let mut contestants = peers::bounded();
    contestants.retain(|contestant| contestant.kind != Kind::Baseline);
    contestants.push(peers::over_full());
    let mut candidates: Vec<_> = contestants.iter().map(candidate).collect();
    // after the default, which comes first
    candidates.splice(1..1, Policy::ALL.map(of_policy));
    candidates
}

fn candidate(contestant: &Contestant) -> Candidate {
    let role = match contestant.kind {
        Kind::Peer => Role::Peer,
        _ => Role::Judged,
    };
    Candidate {
        name: contestant.name,
        role,
        build: Box::new(contestant.build),
    }
}

fn of_policy(policy: Policy) -> Candidate {
    // the default adapts, unless it is still the one that it used to be
    let adapts = policy == Policy::default() && policy != Policy::Lru;
    Candidate {
        name: policy.name(),
        role: if adapts { Role::Judged } else { Role::Fixed },
        build: Box::new(move |capacity| peers::with_policy(capacity, policy)),
    }
}
