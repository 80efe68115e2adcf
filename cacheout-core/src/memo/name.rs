//! What a memoized function is called.

use std::any::type_name;

/// The path of the function whose marker type `T` is: `crate::module::function`, or `crate::module::Type::method`.
///
/// A marker inside a method is named `Marker` there, after the method's own path.
pub fn path_of<T>() -> &'static str {
    let path = type_name::<T>();
    path.strip_suffix("::Marker").unwrap_or(path)
}
