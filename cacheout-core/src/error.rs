//! One error type for the whole crate.

use std::fmt;

/// What went wrong, and what to do about it.
///
/// ```
/// use cacheout::CacheManager;
///
/// let error = CacheManager::new().get::<u8, u8>("users").unwrap_err();
/// assert!(error.is_not_configured());
/// assert_eq!(
///     error.to_string(),
///     r#"no cache is named "users": configure it with `CacheManager::configure` or `setup` first"#,
/// );
/// ```
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    NotConfigured {
        name: String,
    },
    TypeMismatch {
        name: String,
        present: String,
        asked: String,
    },
    NameTaken {
        name: String,
        owners: [String; 2],
    },
    NotText {
        name: String,
        key: &'static str,
    },
    NotMade {
        name: String,
        function: String,
    },
    Invalid {
        what: String,
        remedy: String,
    },
}

impl Error {
    pub(crate) fn not_configured(name: &str) -> Self {
        let name = name.to_owned();
        Error(Box::new(Kind::NotConfigured { name }))
    }

    pub(crate) fn type_mismatch(name: &str, present: &str, asked: &str) -> Self {
        Error(Box::new(Kind::TypeMismatch {
            name: name.to_owned(),
            present: present.to_owned(),
            asked: asked.to_owned(),
        }))
    }

    pub(crate) fn name_taken(name: &str, owners: [String; 2]) -> Self {
        let name = name.to_owned();
        Error(Box::new(Kind::NameTaken { name, owners }))
    }

    pub(crate) fn not_text(name: &str, key: &'static str) -> Self {
        let name = name.to_owned();
        Error(Box::new(Kind::NotText { name, key }))
    }

    pub(crate) fn not_made(name: &str, function: String) -> Self {
        let name = name.to_owned();
        Error(Box::new(Kind::NotMade { name, function }))
    }

    /// An option with a value that cannot be: `what` names both, `remedy` says what to write instead.
    pub(crate) fn invalid(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Error(Box::new(Kind::Invalid {
            what: what.into(),
            remedy: remedy.into(),
        }))
    }

    /// A name was looked up that nobody configured.
    pub fn is_not_configured(&self) -> bool {
        matches!(*self.0, Kind::NotConfigured { .. })
    }

    /// A named cache was asked for with other types of keys or values than it has.
    pub fn is_type_mismatch(&self) -> bool {
        matches!(*self.0, Kind::TypeMismatch { .. })
    }

    /// Two memoized functions claim one name.
    pub fn is_name_taken(&self) -> bool {
        matches!(*self.0, Kind::NameTaken { .. })
    }

    /// Keys were to be selected by their text, and are no text.
    pub fn is_not_text(&self) -> bool {
        matches!(*self.0, Kind::NotText { .. })
    }

    /// A memoized function's cache was asked for that its first call makes.
    pub fn is_not_made(&self) -> bool {
        matches!(*self.0, Kind::NotMade { .. })
    }

    /// An option, or a combination of options, cannot be.
    pub fn is_invalid(&self) -> bool {
        matches!(*self.0, Kind::Invalid { .. })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::NotConfigured { name } => write!(
                f,
                "no cache is named {name:?}: configure it with `CacheManager::configure` or `setup` first"
            ),
            Kind::TypeMismatch {
                name,
                present,
                asked,
            } => write!(
                f,
                "cache {name:?} is a {present}, not a {asked}: ask for it with the types of its first use"
            ),
            Kind::NameTaken {
                name,
                owners: [one, other],
            } => write!(
                f,
                "the name {name:?} is claimed by {one} and by {other}: give one of them another `name`"
            ),
            Kind::NotText { name, key } => write!(
                f,
                "cache {name:?} has keys of type {key}, which are no text: a glob selects among text only"
            ),
            Kind::NotMade { name, function } => write!(
                f,
                "cache {name:?} is not made yet: the first call of {function} decides its types; until then it can be \
                 configured"
            ),
            Kind::Invalid { what, remedy } => write!(f, "invalid {what}: {remedy}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Error").field(&self.0).finish()
    }
}

impl std::error::Error for Error {}
