//! Pages on the wire: `limit` and an opaque `cursor`; `items` and `next_cursor`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use styr_domain::{Fault, FaultKind, Text};
use styr_persistence::PageRequest;
use uuid::Uuid;

/// How many items a page has when the caller does not say.
pub(crate) const DEFAULT_LIMIT: u64 = 25;

/// Writes a place in a list down as a cursor. What it holds is nobody's business but the list's.
pub(crate) fn cursor(place: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// The place that a cursor stands for.
pub(crate) fn place(cursor: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(cursor).map_err(|_| bad_cursor())
}

/// The page that a list by ids is asked for.
pub(crate) fn request(limit: Option<u64>, cursor: Option<&str>) -> Result<PageRequest, Fault> {
    let after =
        cursor.map(|cursor| Uuid::from_slice(&place(cursor)?).map_err(|_| bad_cursor())).transpose()?;
    Ok(PageRequest { limit: limit.unwrap_or(DEFAULT_LIMIT), after })
}

/// The cursor of a list by ids.
pub(crate) fn next(id: Option<Uuid>) -> Option<String> {
    id.map(|id| cursor(id.as_bytes()))
}

/// The place, in a list by numbers, that a cursor stands for.
pub(crate) fn number(cursor: Option<&str>) -> Result<Option<u64>, Fault> {
    cursor
        .map(|cursor| <[u8; 8]>::try_from(place(cursor)?).map(u64::from_be_bytes).map_err(|_| bad_cursor()))
        .transpose()
}

/// The fault of a cursor that is not from the list it was sent to.
pub(crate) fn bad_cursor() -> Fault {
    Fault::new(
        FaultKind::Malformed,
        "cursor_invalid",
        Text::fixed(
            "Denne cursor er ikke fra denne liste. Brug next_cursor fra den forrige side, eller begynd forfra uden.",
            "Denna cursor är inte från den här listan. Använd next_cursor från föregående sida, eller börja om utan.",
            "This cursor is not from this list. Use next_cursor of the page before, or begin again without one.",
        ),
    )
}

/// Declares the page type of a list.
macro_rules! page {
    ($(#[$doc:meta])* $name:ident of $view:ident) => {
        $(#[$doc])*
        #[derive(Debug, poem_openapi::Object, serde::Serialize)]
        #[oai(skip_serializing_if_is_none)]
        pub(crate) struct $name {
            /// The items.
            pub(crate) items: Vec<$view>,
            /// What to send as `cursor` for the next page; absent on the last.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub(crate) next_cursor: Option<String>,
        }

        impl<T: Into<$view>> From<styr_persistence::Page<T>> for $name {
            fn from(page: styr_persistence::Page<T>) -> Self {
                Self {
                    items: page.items.into_iter().map(Into::into).collect(),
                    next_cursor: $crate::http::page::next(page.next),
                }
            }
        }
    };
}
pub(crate) use page;
