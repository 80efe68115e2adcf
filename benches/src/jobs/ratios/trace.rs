//! A trace in a file: one key a line, plain or compressed by gzip.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::zipf;

pub struct Trace {
    pub name: String,
    /// What was asked for. Scattered numbers, whatever the file calls them.
    pub keys: Vec<u64>,
    pub distinct: usize,
}

impl Trace {
    pub fn read(path: &Path, most_requests: usize) -> io::Result<Self> {
        let mut numbers = HashMap::new();
        let mut keys = Vec::new();
        for line in lines(path)?.lines().take(most_requests) {
            let next = numbers.len();
            keys.push(zipf::key(*numbers.entry(line?).or_insert(next)));
        }
        if keys.is_empty() {
            return Err(io::Error::other("nothing is in there"));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_end_matches(".gz").trim_end_matches(".txt");
        Ok(Trace {
            name: name.to_owned(),
            keys,
            distinct: numbers.len(),
        })
    }
}

fn lines(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = BufReader::new(File::open(path)?);
    let is_compressed = path.extension().is_some_and(|extension| extension == "gz");
    let read: Box<dyn Read> = if is_compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Ok(Box::new(BufReader::new(read)))
}
