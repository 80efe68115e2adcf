//! What a memoized function is called.

use std::any::type_name;

/// The path of the function of this name whose companion type `T` has another.
pub fn path_beside<T>(name: &str) -> String {
    let path = type_name::<T>();
    match path.rsplit_once("::") {
        Some((module, _)) => format!("{module}::{name}"),
        None => name.to_owned(),
    }
}

/// The path of the function whose marker type `T` is: `crate::module::function`, or `crate::module::Type::method`.
///
/// A free function's marker has the function's own name. A method's is called `__CacheoutMarker` and stands inside the method, or
/// `__CacheoutCacheMarker` and stands inside the method's sibling `method_cache`.
pub fn path_of<T>() -> &'static str {
    let path = type_name::<T>();
    path.strip_suffix("_cache::__CacheoutCacheMarker")
        .or_else(|| {
            let method = path.strip_suffix("::__CacheoutMarker")?;
            // the body of an async method is a closure in it
            Some(method.trim_end_matches("::{{closure}}"))
        })
        .unwrap_or(path)
}
