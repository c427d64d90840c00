//! The accounts' keys, unwrapped by the master key that lies outside the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use styr_domain::crypto::{AccountKey, MasterKey};
use styr_domain::id::{AccountId, AccountKeyId};

use crate::entity::account_key;
use crate::error::Result;
use crate::store::Source;
use crate::tx::Tx;

/// An account's keys: each by its id, for opening, and the newest, for sealing.
#[derive(Clone)]
pub struct AccountKeys {
    newest: Arc<AccountKey>,
    all: Arc<HashMap<AccountKeyId, Arc<AccountKey>>>,
}

impl AccountKeys {
    /// The key to seal with.
    #[must_use]
    pub fn newest(&self) -> &AccountKey {
        &self.newest
    }

    /// The key with this id.
    #[must_use]
    pub fn by_id(&self, id: AccountKeyId) -> Option<&AccountKey> {
        self.all.get(&id).map(AsRef::as_ref)
    }
}

/// The master key and the account keys that it has unwrapped so far. Keys never change under their id, so what is
/// remembered here stays true on every replica.
pub(crate) struct Keys {
    master: MasterKey,
    unwrapped: RwLock<HashMap<AccountId, AccountKeys>>,
}

impl Keys {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self { master, unwrapped: RwLock::default() }
    }

    pub(crate) async fn of(&self, source: &impl Source, account_id: AccountId) -> Result<AccountKeys> {
        let known = self.unwrapped.read().unwrap_or_else(PoisonError::into_inner).get(&account_id).cloned();
        if let Some(keys) = known {
            return Ok(keys);
        }
        let rows = account_key::Entity::find()
            .filter(account_key::Column::AccountId.eq(account_id))
            .order_by_asc(account_key::Column::Version)
            .all(source.connection())
            .await?;
        let mut all = HashMap::new();
        let mut newest = None;
        for row in rows {
            let key = Arc::new(self.master.unwrap(&row.wrapped, account_id, row.id)?);
            newest = Some(Arc::clone(&key));
            all.insert(row.id, key);
        }
        let newest = newest.ok_or_else(|| DbErr::RecordNotFound("the account has no key".to_owned()))?;
        let keys = AccountKeys { newest, all: Arc::new(all) };
        self.unwrapped.write().unwrap_or_else(PoisonError::into_inner).insert(account_id, keys.clone());
        Ok(keys)
    }
}

impl Tx {
    /// The account's keys.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn keys(&self) -> Result<AccountKeys> {
        self.store().keys().of(self, self.account_id()).await
    }

    /// Makes the first key of a new account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn make_first_key(&self) -> Result<()> {
        let key = AccountKey::new(AccountKeyId(self.id()), self.random());
        let wrapped = self.store().keys().master.wrap(&key, self.account_id(), &self.random());
        account_key::Entity::insert(account_key::ActiveModel {
            id: Set(key.id()),
            account_id: Set(self.account_id()),
            version: Set(1),
            wrapped: Set(wrapped),
            created_at: Set(self.now()),
        })
        .exec_without_returning(self.connection())
        .await?;
        Ok(())
    }
}

impl crate::Store {
    /// An account's keys.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn account_keys(&self, account_id: AccountId) -> Result<AccountKeys> {
        self.keys().of(&self.read(), account_id).await
    }
}
