//! Lists, as streams over their pages.

use std::future::Future;

use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, TryStreamExt as _};
use progenitor_client::ResponseValue;

use crate::Error;

/// The items of a list, page after page.
pub type ItemStream<'a, T> = BoxStream<'a, Result<T, Error>>;

/// One page of a list.
pub trait Page {
    /// What the list is of.
    type Item;

    /// The items, and what to send as `cursor` for the next page: none on the last.
    fn into_parts(self) -> (Vec<Self::Item>, Option<String>);
}

/// Every item of every page that `fetch` gets. It is called with no cursor first and then with that of each next page,
/// when the stream comes to it. The stream ends at the last page or after the first error.
pub fn pages<P, Fetch, Fetched>(fetch: Fetch) -> impl Stream<Item = Result<P::Item, Error>>
where
    P: Page,
    Fetch: FnMut(Option<String>) -> Fetched,
    Fetched: Future<Output = Result<ResponseValue<P>, Error>>,
{
    stream::try_unfold(Some((None, fetch)), |state| async {
        let Some((cursor, mut fetch)) = state else { return Ok(None) };
        let (items, next) = fetch(cursor.clone()).await?.into_inner().into_parts();
        if next.is_some() && next == cursor {
            return Err(Error::Unexpected {
                status: None,
                request_id: None,
                text: "the list names a page as its own next page".to_owned(),
            });
        }
        let items = stream::iter(items.into_iter().map(Ok));
        Ok(Some((items, next.map(|next| (Some(next), fetch)))))
    })
    .try_flatten()
}
