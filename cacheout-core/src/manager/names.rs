//! What a manager knows, by name, in alphabetical order.

use std::sync::Arc;

use super::named::Named;

/// A sorted list: names are looked up now and then, and come and go hardly ever. A tree would take more time to build
/// into each program than it ever saves.
#[derive(Default)]
pub(super) struct Names(Vec<Arc<Named>>);

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<&Arc<Named>> {
        self.find(name).ok().map(|at| &self.0[at])
    }

    /// Adds a name; answers what had it before.
    pub(super) fn insert(&mut self, named: Arc<Named>) -> Option<Arc<Named>> {
        match self.find(named.name()) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at], named)),
            Err(at) => {
                self.0.insert(at, named);
                None
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Arc<Named>> {
        self.find(name).ok().map(|at| self.0.remove(at))
    }

    /// Removes all but the names of memoized functions.
    pub(super) fn take_removable(&mut self) -> Vec<Arc<Named>> {
        let mut removed = Vec::new();
        self.0.retain(|named| {
            if !named.is_memoized() {
                removed.push(Arc::clone(named));
            }
            named.is_memoized()
        });
        removed
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Arc<Named>> {
        self.0.iter()
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|named| named.name().cmp(name))
    }
}
