use cacheout::invalidates;

struct Shop;

impl Shop {
    #[invalidates(Self::price(id), Self::all)]
    fn set(&self, id: u32) {}
}

fn main() {}
