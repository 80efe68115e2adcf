//! A store of sessions, each with a timeout of its own: `cargo run --release --example session_store`.
//!
//! A store in the program's memory, in place of a server, and what is best seen with a clock that is moved by hand: entries that expire, are
//! given more time, count something, and tell why they leave.

use std::error::Error;
use std::time::Duration;

use cacheout::{Cache, ManualClock, Policy, RemovalCause};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
struct Session {
    user: &'static str,
    /// How many pages were looked at.
    pages: u32,
}

type Sessions = Cache<String, Session>;

fn main() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::new();
    let sessions = open(&clock);
    log_in(&sessions);
    clock.advance(4 * MINUTE);
    stay(&sessions)?;
    clock.advance(7 * MINUTE);
    expire(&sessions);
    crowd(&sessions);
    log_out(&sessions);
    Ok(())
}

/// At most four sessions, of ten minutes unless stated otherwise; it says why a session leaves.
fn open(clock: &ManualClock) -> Sessions {
    Cache::builder()
        .max_size(4)
        .policy(Policy::Lru) // who was away longest leaves first
        .ttl(10 * MINUTE)
        .clock(clock.clone())
        .on_delete(|id: &String, session: &Session, cause| {
            let reason = match cause {
                RemovalCause::Deleted => "logged out",
                RemovalCause::Expired => "was away for too long",
                RemovalCause::Full => "made room for others",
                RemovalCause::Cleared => "was there when the store closed",
                _ => "left",
            };
            let pages = session.pages;
            println!("      × {id}: {} {reason} ({pages} pages)", session.user);
        })
        .build()
}

fn session(user: &'static str) -> Session {
    Session { user, pages: 0 }
}

/// Counts a page, atomically, however many threads do so. The session keeps its deadline.
fn visit(sessions: &Sessions, id: &str) -> Result<u32, String> {
    let counted = sessions.update(id, |session| {
        let mut session = session?;
        session.pages += 1;
        Some(session)
    });
    counted
        .map(|session| session.pages)
        .ok_or_else(|| format!("no session {id}"))
}

fn user(sessions: &Sessions, id: &str) -> Option<&'static str> {
    sessions.peek(id).map(|session| session.user)
}

fn log_in(sessions: &Sessions) {
    println!("\n 0 min  three users log in, Ada wants to be remembered, and Bob tries twice");
    sessions.set("a1".to_owned(), session("Ada"));
    sessions.touch("a1", 60 * MINUTE);
    sessions.add_with_ttl("b2".to_owned(), session("Bob"), 5 * MINUTE);
    let again = sessions.add("b2".to_owned(), session("Bob's other self"));
    sessions.set("c3".to_owned(), session("Cleo"));
    println!("        added once more: {again}");
    show(sessions);
}

fn stay(sessions: &Sessions) -> Result<(), String> {
    println!("\n 4 min  Bob looks at two pages; that is a reason to give him more time");
    visit(sessions, "b2")?;
    let pages = visit(sessions, "b2")?;
    let touched = sessions.touch("b2", 15 * MINUTE);
    println!("        {pages} pages; 15 minutes more: {touched}");
    show(sessions);
    Ok(())
}

fn expire(sessions: &Sessions) {
    println!("\n11 min  nobody asks for Cleo's session any more: it has expired");
    println!(
        "        {} of {} ids are valid",
        sessions.keys().len(),
        sessions.len()
    );
    println!(
        "        Cleo: {:?}, Bob: {:?}",
        user(sessions, "c3"),
        user(sessions, "b2")
    );
    assert!(sessions.get("c3").is_none() && sessions.has("b2"));
}

/// More users than there is room for: who was not seen for the longest time makes room.
fn crowd(sessions: &Sessions) {
    println!("\n        more users than places come; Ada is just looking at a page");
    for (id, name) in [("d4", "Dan"), ("e5", "Eve"), ("f6", "Fay")] {
        sessions.get("a1");
        sessions.set(id.to_owned(), session(name));
    }
    assert_eq!(sessions.keys(), ["d4", "e5", "a1", "f6"]);
    show(sessions);
}

fn log_out(sessions: &Sessions) {
    println!("\n        Ada logs out, and the store is closed");
    assert!(sessions.delete("a1"));
    sessions.clear();
    println!();
}

fn show(sessions: &Sessions) {
    for (id, session) in sessions {
        let left = sessions.get_ttl(&id).unwrap_or_default().as_secs() / 60;
        println!("        {id}  {:<5} {left:>3} min left", session.user);
    }
}
