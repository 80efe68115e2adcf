use cacheout::memoize;

struct Users;

impl Users {
    #[memoize(skip(self), companion = Companions)]
    fn user(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
