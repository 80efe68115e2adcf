//! What the Python cacheout answers: recorded operations, replayed.
//!
//! `CACHEOUT_TRANSCRIPTS` names a folder of transcripts; without it, those in `tests/transcripts` are read.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cacheout::{Cache, CacheConfig, Clock, ManualClock, Policy, RemovalCause};
use regex::Regex;
use serde_json::{Map, Value, json};

type Op = Map<String, Value>;

struct Replay {
    cache: Cache<String, i64>,
    clock: ManualClock,
    events: Arc<Mutex<Vec<Value>>>,
    told: bool,
    lags: bool,
}

#[test]
fn every_transcript_is_answered_alike() {
    let folder = std::env::var_os("CACHEOUT_TRANSCRIPTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts"),
        PathBuf::from,
    );
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no transcripts in {}", folder.display());
    let mut operations = 0;
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let mut lines = text.lines().enumerate();
        let (_, head) = lines.next().expect("a first line that describes the cache");
        let mut replay = Replay::new(&serde_json::from_str(head).unwrap());
        for (number, line) in lines {
            let op: Op = serde_json::from_str(line).unwrap();
            let place = format!("{}:{}: {line}", file.display(), number + 1);
            replay.step(&op, &place);
            operations += 1;
        }
    }
    println!("{operations} operations of {} transcripts", files.len());
}

impl Replay {
    fn new(head: &Op) -> Self {
        let clock = ManualClock::new();
        let mode = text(head, "mode");
        let mut builder = Cache::builder()
            .policy(text(head, "policy").parse::<Policy>().unwrap())
            .max_size(number(head, "maxsize") as usize)
            .ttl(seconds(&head["ttl"]))
            .stats(mode == "stats")
            .clock(clock.clone());
        let events = Arc::new(Mutex::new(Vec::new()));
        if mode == "events" {
            let tell = || {
                let events = Arc::clone(&events);
                move |event| events.lock().unwrap().push(event)
            };
            let (get, set, delete) = (tell(), tell(), tell());
            builder = builder
                .on_get(move |key: &String, value: Option<&i64>| {
                    get(json!(["get", key, value, value.is_some()]));
                })
                .on_set(move |key, new, old: Option<&i64>| set(json!(["set", key, new, old])))
                .on_delete(move |key, value, cause| {
                    delete(json!(["delete", key, value, cause_name(cause)]));
                });
        }
        Replay {
            cache: builder.build(),
            clock,
            events,
            told: mode == "events",
            lags: mode == "plain",
        }
    }

    fn step(&mut self, op: &Op, place: &str) {
        let name = text(op, "op");
        let answer = self.perform(name, op);
        if name == "delete_expired" && self.lags && op["want"] == 0 {
            // a plain transcript leaves out some operations that did nothing but remove what had expired; the original
            // disagrees with itself there. That nothing live was removed is compared below, by the keys.
        } else {
            assert_eq!(rounded(answer), rounded(op["want"].clone()), "{place}");
        }
        assert_eq!(json!(self.cache.keys()), op["keys"], "{place}");
        if self.told {
            self.compare_events(name, op, place);
        }
    }

    fn compare_events(&self, name: &str, op: &Op, place: &str) {
        // a default that is answered counts as found by some operations of the original, so there only the key counts
        let loose = name == "get_or_set" || name == "get_default";
        let normal = |event: &Value| {
            let mut event = event.clone();
            if loose && event[0] == "get" {
                event[2] = Value::Null;
            }
            event.to_string()
        };
        let told = std::mem::take(&mut *self.events.lock().unwrap());
        let mut told: Vec<_> = told.iter().map(normal).collect();
        let mut want: Vec<_> = op["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(normal)
            .collect();
        told.sort();
        want.sort();
        assert_eq!(told, want, "{place}");
    }

    fn perform(&mut self, name: &str, op: &Op) -> Value {
        let cache = &self.cache;
        let key = op.get("key").and_then(Value::as_str).unwrap_or_default();
        let value = op.get("value").and_then(Value::as_i64);
        let ttl = op.get("ttl").filter(|ttl| !ttl.is_null()).map(seconds);
        match name {
            "set" => {
                match ttl {
                    Some(ttl) => cache.set_with_ttl(key.to_owned(), value.unwrap(), ttl),
                    None => cache.set(key.to_owned(), value.unwrap()),
                };
                Value::Null
            }
            "add" => json!(match ttl {
                Some(ttl) => cache.add_with_ttl(key.to_owned(), value.unwrap(), ttl),
                None => cache.add(key.to_owned(), value.unwrap()),
            }),
            "get" => json!(cache.get(key)),
            "get_default" => json!(cache.get(key).or(op["default"].as_i64())),
            "get_or_set" => json!(cache.get_or_set_with(key, || value.unwrap())),
            "has" => json!(cache.has(key)),
            "delete" => json!(cache.delete(key)),
            "get_many" => json!(self.get_many(op)),
            "delete_many" => json!(self.delete_many(op)),
            "set_many" | "add_many" => {
                let items = items(op);
                match (name, ttl) {
                    ("set_many", None) => cache.set_many(items),
                    ("set_many", Some(ttl)) => cache.set_many_with_ttl(items, ttl),
                    (_, None) => drop(cache.add_many(items)),
                    (_, Some(ttl)) => drop(cache.add_many_with_ttl(items, ttl)),
                }
                Value::Null
            }
            "advance" => {
                self.clock.advance(seconds(&op["dt"]));
                Value::Null
            }
            "delete_expired" => json!(cache.delete_expired()),
            "evict" => json!(cache.evict()),
            "popitem" => json!(cache.pop_item()),
            "configure" => {
                let mut config = CacheConfig::new();
                if let Some(ttl) = ttl {
                    config = config.ttl(ttl);
                }
                if let Some(max_size) = op.get("maxsize").and_then(Value::as_u64) {
                    config = config.max_size(max_size as usize);
                }
                cache.configure(config).unwrap();
                Value::Null
            }
            "get_ttl" => json!(cache.get_ttl(key).map(|ttl| ttl.as_secs())),
            "expired" => json!(match op.get("at").filter(|at| !at.is_null()) {
                Some(at) => cache.expired_at(key, seconds(at)),
                None => cache.expired(key),
            }),
            "expire_times" => {
                let times = cache.expire_times();
                json!(
                    times
                        .into_iter()
                        .map(|(key, time)| (key, time.as_secs()))
                        .collect::<BTreeMap<_, _>>()
                )
            }
            "items" => json!(cache.items()),
            "full" => json!(cache.is_full()),
            "clear" => {
                cache.clear();
                Value::Null
            }
            "stats_pause" => {
                cache.stats().pause();
                Value::Null
            }
            "stats_resume" => {
                cache.stats().resume();
                Value::Null
            }
            "stats_reset" => {
                cache.stats().reset();
                Value::Null
            }
            "stats" => self.stats(),
            other => panic!("unknown operation {other:?}"),
        }
    }

    fn get_many(&self, op: &Op) -> Vec<(String, i64)> {
        match (op.get("glob"), op.get("regex")) {
            (Some(glob), _) => self.cache.get_many(glob.as_str().unwrap()),
            (_, Some(regex)) => self
                .cache
                .get_many(&Regex::new(regex.as_str().unwrap()).unwrap()),
            // a list of keys is not recorded: its name is that of the keys after the operation. Those of the answer
            // were in it, in the order of the entries; the others were not found, and had no effect.
            _ => {
                let found = op["want"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|pair| text_of(&pair[0]));
                self.cache.get_many(found.collect::<Vec<_>>())
            }
        }
    }

    fn delete_many(&self, op: &Op) -> usize {
        match (op.get("glob"), op.get("regex")) {
            (Some(glob), _) => self.cache.delete_many(glob.as_str().unwrap()),
            (_, Some(regex)) => self
                .cache
                .delete_many(&Regex::new(regex.as_str().unwrap()).unwrap()),
            // nor is it here: what is not there any more after the operation was in it
            _ => {
                let left: HashSet<String> =
                    op["keys"].as_array().unwrap().iter().map(text_of).collect();
                let keys = self.cache.keys();
                let deleted = keys.into_iter().filter(|key| !left.contains(key));
                self.cache.delete_many(deleted.collect::<Vec<_>>())
            }
        }
    }

    fn stats(&self) -> Value {
        let info = self.cache.stats().info();
        assert_eq!(self.clock.now().subsec_nanos(), 0);
        json!({
            "hit_count": info.hit_count,
            "miss_count": info.miss_count,
            "eviction_count": info.eviction_count,
            "entry_count": info.entry_count,
            "access_count": info.access_count(),
            "hit_rate": info.hit_rate(),
            "miss_rate": info.miss_rate(),
            "eviction_rate": info.eviction_rate(),
        })
    }
}

fn text<'a>(op: &'a Op, name: &str) -> &'a str {
    op[name].as_str().unwrap()
}

fn number(op: &Op, name: &str) -> u64 {
    op[name].as_u64().unwrap()
}

fn seconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap())
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn items(op: &Op) -> Vec<(String, i64)> {
    let list = op["items"].as_array().unwrap();
    let item = |item: &Value| (text_of(&item[0]), item[1].as_i64().unwrap());
    list.iter().map(item).collect()
}

/// Rates, rounded: the original takes a miss rate for what a hit rate leaves of 1.
fn rounded(mut answer: Value) -> Value {
    for figure in answer.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(rate) = figure.as_f64().filter(|_| figure.is_f64()) {
            *figure = json!((rate * 1e12).round());
        }
    }
    answer
}

fn cause_name(cause: RemovalCause) -> &'static str {
    match cause {
        RemovalCause::Deleted => "delete",
        RemovalCause::Expired => "expired",
        RemovalCause::Full => "full",
        RemovalCause::Popped => "popitem",
        _ => "cleared",
    }
}
