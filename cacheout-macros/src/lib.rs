//! The attributes of cacheout.
