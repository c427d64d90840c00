//! A value and which version of it this is.

use std::ops::Deref;

use progenitor_client::ResponseValue;
use reqwest::header::ETAG;

use crate::Error;

/// A value together with its ETag, which `if_match` of the operation that replaces or deletes it asks for. So nobody's
/// change is lost: if it was changed meanwhile, [`Error::is_precondition_failed`].
///
/// ```no_run
/// # use styr_sdk::{Error, ResponseValue, WithEtag};
/// # struct Process;
/// # async fn get() -> Result<ResponseValue<Process>, Error> { unreachable!() }
/// # async fn replace(if_match: &str, process: Process) -> Result<(), Error> { unreachable!() }
/// # async fn example() -> Result<(), Error> {
/// let process = WithEtag::try_from(get().await?)?;
/// replace(&process.etag, process.value).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithEtag<T> {
    /// The value.
    pub value: T,
    /// The ETag as the server wrote it, quotes included.
    pub etag: String,
}

impl<T> Deref for WithEtag<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> TryFrom<ResponseValue<T>> for WithEtag<T> {
    type Error = Error;

    /// # Errors
    /// [`Error::Unexpected`] if the answer has no ETag.
    fn try_from(answer: ResponseValue<T>) -> Result<Self, Error> {
        let etag = answer.headers().get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        match etag {
            Some(etag) => Ok(Self { etag, value: answer.into_inner() }),
            None => Err(Error::Unexpected {
                status: Some(answer.status().as_u16()),
                request_id: None,
                text: "the answer has no ETag".to_owned(),
            }),
        }
    }
}
