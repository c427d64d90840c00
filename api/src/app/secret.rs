//! Secrets that are shown once. What shows them is kept for a repetition of the request, so they are sealed in it.

use serde::{Deserialize, Serialize};
use styr_domain::crypto::{self, FieldContext};
use styr_domain::id::{AccountKeyId, FormId};
use styr_domain::{Fault, FaultKind, Text};
use styr_persistence::{Record, Tx};
use zeroize::Zeroizing;

use super::Result;
use super::context::Ctx;

/// A thing with its new secret, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct WithSecret<T> {
    thing: T,
    sealed: String,
}

/// Where a thing's secret is sealed for: it opens nowhere else.
fn sealed_for<T: Record>(thing: &T) -> FieldContext {
    let field = format!("{}_secret", T::KIND.as_str());
    FieldContext { account: thing.account_id(), form: FormId(thing.id()), field, record: thing.id() }
}

/// Seals a thing's secret beside it.
pub(super) async fn seal<T: Record>(tx: &Tx, thing: T, secret: &str) -> Result<WithSecret<T>> {
    let keys = tx.keys().await?;
    let sealed = crypto::seal(keys.newest(), &sealed_for(&thing), secret.as_bytes(), &tx.random());
    Ok(WithSecret { thing, sealed })
}

/// The thing and its secret, to be shown.
pub(super) async fn show<R, T: Record>(
    ctx: &Ctx<R>,
    WithSecret { thing, sealed }: WithSecret<T>,
) -> Result<(T, Zeroizing<String>)> {
    let key_id = crypto::key_id(&sealed).and_then(|id| id.parse().ok()).map(AccountKeyId);
    let keys = ctx.app().store().account_keys_with(ctx.account_id(), key_id.as_slice()).await?;
    let key = key_id.and_then(|id| keys.by_id(id)).ok_or_else(unreadable)?;
    let secret = crypto::open(key, &sealed_for(&thing), &sealed)?;
    let secret = std::str::from_utf8(&secret).map_err(|_| unreadable())?;
    Ok((thing, Zeroizing::new(secret.to_owned())))
}

const fn unreadable() -> Fault {
    Fault::new(
        FaultKind::Gone,
        "secret_unreadable",
        Text::fixed(
            "Det blev lavet, men hemmeligheden kan ikke vises igen. Tilbagekald det, og lav et nyt.",
            "Det skapades, men hemligheten kan inte visas igen. Återkalla det och skapa ett nytt.",
            "It was made, but its secret cannot be shown again. Revoke it and make a new one.",
        ),
    )
}
