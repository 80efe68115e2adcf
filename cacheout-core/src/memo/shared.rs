//! Keys for a cache that several functions share.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use super::key::{Call, Part};
use super::name::path_of;
use crate::cache::Cache;
use crate::filter::TextKey;
use crate::lookup::Lookup;

/// The key of a call, in a cache that several memoized functions share.
///
/// Keys are equal if the function is the same and its arguments are: by value, not by their text. The text, which reads
/// `module::function(1, "x")`, is made when it is asked for; globs and regexes select by it. So the arguments have to be `Debug`,
/// `Send`, `Sync` and `'static` once they are owned.
///
/// ```
/// use std::sync::LazyLock;
/// use cacheout::{Cache, MemoKey, memoize};
///
/// static SHARED: LazyLock<Cache<MemoKey, u64>> = LazyLock::new(|| Cache::new(100));
///
/// #[memoize(cache = SHARED)]
/// fn double(n: u64) -> u64 {
///     n * 2
/// }
///
/// # fn main() {
/// double(5);
/// assert!(SHARED.keys()[0].to_string().ends_with("double(5)"));
/// assert_eq!(SHARED.delete_many("*double(*"), 1);
/// # }
/// ```
#[derive(Clone)]
pub struct MemoKey {
    function: TypeId,
    path: &'static str,
    arguments: Arc<dyn Arguments>,
}

/// The owned arguments of a call, whatever their types are.
trait Arguments: Any + Send + Sync {
    fn hash_to(&self, state: &mut dyn Hasher);
    fn equals(&self, other: &dyn Any) -> bool;
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn as_any(&self) -> &dyn Any;
}

impl<K: Hash + Eq + fmt::Debug + Send + Sync + 'static> Arguments for K {
    fn hash_to(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<K>().is_some_and(|other| self == other)
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // a tuple shows its own parentheses, and one of a single argument is no tuple
        let text = format!("{self:?}");
        match is_tuple::<K>() {
            true => f.write_str(&text),
            false => write!(f, "({text})"),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn is_tuple<K>() -> bool {
    std::any::type_name::<K>().starts_with('(')
}

impl PartialEq for MemoKey {
    fn eq(&self, other: &Self) -> bool {
        self.function == other.function && self.arguments.equals(other.arguments.as_any())
    }
}

impl Eq for MemoKey {}

impl Hash for MemoKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.hash(state);
        self.arguments.hash_to(state);
    }
}

impl fmt::Display for MemoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path)?;
        self.arguments.show(f)
    }
}

impl fmt::Debug for MemoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoKey({self})")
    }
}

impl TextKey for MemoKey {
    fn text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

/// A call of the function with the marker `F`, told from itself with other types by `I`, to look up in a shared cache.
#[expect(missing_debug_implementations, reason = "a view, made for one lookup")]
pub struct SharedCall<F, I, P>(P, PhantomData<fn() -> F>, PhantomData<I>);

impl<F, I, P: Part> SharedCall<F, I, P> {
    /// What tells the function from others, and from itself with other types.
    fn function() -> TypeId {
        typeid::of::<(PhantomData<F>, PhantomData<I>)>()
    }
}

impl<F, I, P: Part> Lookup<MemoKey> for SharedCall<F, I, P>
where
    P::Key: fmt::Debug + Send + Sync + 'static,
{
    fn hash_key<H: Hasher>(&self, state: &mut H) {
        Self::function().hash(state);
        self.0.hash_part(state);
    }

    fn equals(&self, key: &MemoKey) -> bool {
        key.function == Self::function()
            && key
                .arguments
                .as_any()
                .downcast_ref()
                .is_some_and(|key| self.0.is(key))
    }

    fn to_key(&self) -> MemoKey {
        MemoKey {
            function: Self::function(),
            path: path_of::<F>(),
            arguments: Arc::new(self.0.to_part()),
        }
    }
}

/// Picks the form of a call by the cache that it is looked up in: one with [`MemoKey`]s is shared, any other has keys of
/// the arguments' own.
#[expect(missing_debug_implementations, reason = "made for one method call")]
pub struct PickCall<'a, C>(pub &'a C);

impl<V, S> PickCall<'_, Cache<MemoKey, V, S>> {
    #[inline]
    pub fn memo_call<F, I, P: Part>(
        &self,
        _: PhantomData<F>,
        _: PhantomData<I>,
        view: P,
    ) -> SharedCall<F, I, P> {
        SharedCall(view, PhantomData, PhantomData)
    }
}

/// The form of a call in a cache of its own.
pub trait PickCallOther {
    #[inline]
    fn memo_call<F, I, P: Part>(&self, _: PhantomData<F>, _: PhantomData<I>, view: P) -> Call<P> {
        Call(view)
    }
}

impl<C> PickCallOther for PickCall<'_, C> {}
