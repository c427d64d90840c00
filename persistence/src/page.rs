//! Pages of lists: ordered by id, stable under writes.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// How many items at most, 1 to 200.
    pub limit: u64,
    /// The id of the last item already seen.
    pub after: Option<Uuid>,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The id to go on after, when there is more.
    pub next: Option<Uuid>,
}

impl<T> Page<T> {
    /// A page from one item more than asked for, which tells whether there is another page.
    pub(crate) fn from_one_more(mut items: Vec<T>, request: PageRequest, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let next = (items.len() > limit).then(|| {
            items.truncate(limit);
            items.last().map(&id)
        });
        Self { items, next: next.flatten() }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}
