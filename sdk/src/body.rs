//! Answers that are bytes.

use futures_util::TryStreamExt as _;
use progenitor_client::{ByteStream, ResponseValue};

use crate::Error;

/// All bytes of an answer, in memory. Of what may be large, take the stream piece by piece instead.
///
/// # Errors
/// [`Error::Transport`] if the connection breaks before the end.
pub async fn read(answer: ResponseValue<ByteStream>) -> Result<Vec<u8>, Error> {
    answer
        .into_inner_stream()
        .try_fold(Vec::new(), |mut whole, piece| async move {
            whole.extend_from_slice(&piece);
            Ok(whole)
        })
        .await
        .map_err(Error::Transport)
}
