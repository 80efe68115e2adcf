//! Where keys come from: files with one a line, or made up.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// In a folder, files with these endings are traces.
const ENDINGS: [&str; 3] = ["gz", "txt", "trace"];

/// What a program asked for, in order.
pub(crate) struct Trace {
    pub(crate) name: String,
    /// Numbers in the place of the keys: 0 for the first one, 1 for the next that is another, and so on.
    pub(crate) keys: Vec<u64>,
    /// How many keys are different.
    pub(crate) distinct: usize,
}

impl Trace {
    fn new<K: Eq + std::hash::Hash>(name: String, keys: impl IntoIterator<Item = K>) -> Self {
        let mut numbers = HashMap::new();
        let number = |key| {
            let next = numbers.len() as u64;
            *numbers.entry(key).or_insert(next)
        };
        let keys = keys.into_iter().map(number).collect();
        Trace {
            name,
            keys,
            distinct: numbers.len(),
        }
    }

    /// Reads a file with one key a line, whatever the keys are; it may be gzip'd.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let lines = read_lines(path).map_err(|error| {
            format!("{shown}: {error}; a trace is readable text, or that gzip'd")
        })?;
        if lines.is_empty() {
            return Err(format!(
                "{shown}: no keys in it; write one key on each line"
            ));
        }
        Ok(Trace::new(name(path), lines))
    }
}

/// The files that paths name, folders being replaced by the traces in them.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in paths {
        let shown = path.display();
        if path.is_dir() {
            let mut found = traces_in(path).map_err(|error| format!("{shown}: {error}"))?;
            if found.is_empty() {
                let endings = ENDINGS.join(", .");
                return Err(format!(
                    "{shown}: no trace in this folder; its files should end in one of .{endings}, or name them one by one"
                ));
            }
            found.sort();
            files.append(&mut found);
        } else if path.exists() {
            files.push(path.clone());
        } else {
            return Err(format!(
                "{shown}: no such file; name files with one key a line, or folders of them"
            ));
        }
    }
    Ok(files)
}

fn traces_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_file() && ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
            found.push(path);
        }
    }
    Ok(found)
}

fn read_lines(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let mut file = BufReader::new(File::open(path)?);
    let zipped = file.fill_buf()?.starts_with(&[0x1F, 0x8B]);
    let text: Box<dyn Read> = match zipped {
        true => Box::new(MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    let mut lines = Vec::new();
    for line in BufReader::new(text).split(b'\n') {
        let line = line?.trim_ascii().to_vec();
        if !line.is_empty() {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// A file's name without its endings.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let mut name = &*name.to_string_lossy();
    for ending in ENDINGS {
        name = name.strip_suffix(&format!(".{ending}")).unwrap_or(name);
    }
    name.to_owned()
}

// ------------------------------------------------------------------------------------------------- made-up workloads

const REQUESTS: u64 = 200_000;
const KEYS: u64 = 10_000;

/// Four workloads that tell policies apart.
pub(crate) fn synthetic() -> Vec<Trace> {
    let mut rng = Rng(1);
    let zipf = Zipf::new(KEYS, 0.9);
    let mut draw = || zipf.draw(&mut rng);

    let popular = (0..REQUESTS).map(|_| draw()).collect::<Vec<_>>();
    let looping = (0..REQUESTS).map(|at| at % 2_000);
    // a nightly job reads 5,000 keys once, after each 20,000 requests of the day
    let scanned = (0..REQUESTS).map(|at| match at % 25_000 {
        0..20_000 => draw(),
        _ => KEYS + at,
    });
    let scanned = scanned.collect::<Vec<_>>();
    // what was popular is not any more, four times; in between come loops
    let phases = (0..REQUESTS).map(|at| match at / 20_000 {
        phase if phase % 2 == 0 => draw() + phase * KEYS,
        phase => phase * KEYS + at % 1_000,
    });
    let phases = phases.collect::<Vec<_>>();

    vec![
        Trace::new("Zipf: few keys are popular".to_owned(), popular),
        Trace::new("loop over 2,000 keys".to_owned(), looping),
        Trace::new("Zipf, interrupted by scans".to_owned(), scanned),
        Trace::new("phases: Zipf and loops in turn".to_owned(), phases),
    ]
}

/// Keys of which the n-th is asked for in proportion to 1 / n^s.
struct Zipf {
    /// How likely a key up to this one is, but for a factor.
    sums: Vec<f64>,
}

impl Zipf {
    fn new(keys: u64, exponent: f64) -> Self {
        let weights = (1..=keys).map(|rank| (rank as f64).powf(-exponent));
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Zipf {
            sums: sums.collect(),
        }
    }

    fn draw(&self, rng: &mut Rng) -> u64 {
        let whole = self.sums.last().copied().unwrap_or_default();
        let drawn = rng.unit() * whole;
        self.sums.partition_point(|&sum| sum < drawn) as u64
    }
}

/// `SplitMix64`, always from the same start: every run shows the same.
struct Rng(u64);

impl Rng {
    /// A number in [0, 1).
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
