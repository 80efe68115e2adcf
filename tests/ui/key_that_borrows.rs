use cacheout::memoize;

#[memoize(key: &str = text)]
fn length(text: &str) -> usize {
    text.len()
}

fn main() {
    length("a");
}
