use cacheout::memoize;

#[memoize(max_sze = 3)]
fn plus<const N: u32>(a: u32) -> u32 {
    a + N
}

struct Users;

impl Users {
    #[memoize]
    fn user(&self, id: u64) -> Result<String, String> {
        Ok(id.to_string())
    }
}

fn main() {
    plus::<1>(2);
    plus::clear::<1>();
    plus::prime::<1>(2, plus::uncached::<1>(3));
    let _: u32 = plus::refresh::<1>(plus::peek::<1>(2).unwrap_or(plus::cache_key::<1>(1)));
    let _: Result<String, String> = Users.user_uncached(1);
    let _: Option<String> = Users::user_cache().get(&Users::user_cache_key(1));
}
