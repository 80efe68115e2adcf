use cacheout::{invalidates, memoize};

#[memoize]
fn price(id: u32) -> u32 {
    id
}

#[invalidates(price(id, 2))]
fn too_many(id: u32) -> u32 {
    id
}

#[invalidates(price("one"))]
fn wrong_type(id: u32) -> u32 {
    id
}

struct Shop;

impl Shop {
    #[invalidates(self.price(id), before = true)]
    fn set(&self, id: u32) -> u32 {
        id
    }
}

#[memoize(companion = other::Price)]
fn elsewhere(id: u32) -> u32 {
    id
}

fn main() {}
