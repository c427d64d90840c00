//! The accounts' keys, unwrapped by the master key that lies outside the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use styr_domain::crypto::{AccountKey, BlindIndexKey, MasterKey, PublicKey};
use styr_domain::id::{AccountId, AccountKeyId};

use crate::entity::account_key;
use crate::error::Result;
use crate::store::Source;
use crate::tx::Tx;

/// An account's keys: the newest, for sealing and signing, and those before, for opening and verifying.
#[derive(Clone)]
pub struct AccountKeys {
    newest: Arc<AccountKey>,
    /// All of them, oldest first.
    all: Arc<[Arc<AccountKey>]>,
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
        self.all.iter().find(|key| key.id() == id).map(AsRef::as_ref)
    }

    /// The keys that terms of person search are blinded with: the newest, and those of terms that are older than it.
    #[must_use]
    pub fn blind_index_keys(&self) -> Vec<BlindIndexKey> {
        self.all.iter().map(|key| key.blind_index_key()).collect()
    }

    /// The key with this `kid`, which receipts were signed with.
    #[must_use]
    pub fn receipt_key(&self, kid: &str) -> Option<PublicKey> {
        self.all.iter().map(|key| key.receipt_key().public_key()).find(|key| key.kid == kid)
    }
}

/// The master key and the account keys that it has unwrapped, each account's in the epoch they were read in: a new key
/// moves the epoch.
pub(crate) struct Keys {
    master: MasterKey,
    unwrapped: Arc<RwLock<HashMap<AccountId, (u64, AccountKeys)>>>,
}

impl Keys {
    pub(crate) fn new(master: MasterKey) -> Self {
        Self { master, unwrapped: Arc::default() }
    }

    /// The account's keys, as they are in this epoch. When what is remembered lacks one of `wanted`, another replica has
    /// just made it, and they are read anew.
    async fn of(
        &self,
        source: &impl Source,
        account_id: AccountId,
        epoch: u64,
        wanted: &[AccountKeyId],
    ) -> Result<AccountKeys> {
        let known = self.unwrapped.read().unwrap_or_else(PoisonError::into_inner).get(&account_id).cloned();
        if let Some((_, keys)) = known
            .filter(|(read_in, keys)| *read_in == epoch && wanted.iter().all(|id| keys.by_id(*id).is_some()))
        {
            return Ok(keys);
        }
        let rows = account_key::Entity::find()
            .filter(account_key::Column::AccountId.eq(account_id))
            .order_by_asc(account_key::Column::Version)
            .all(source.connection())
            .await?;
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            all.push(Arc::new(self.master.unwrap(&row.wrapped, account_id, row.id)?));
        }
        let newest = all.last().map(Arc::clone);
        let newest = newest.ok_or_else(|| DbErr::RecordNotFound("the account has no key".to_owned()))?;
        let keys = AccountKeys { newest, all: all.into() };
        let (unwrapped, remembered) = (Arc::clone(&self.unwrapped), (epoch, keys.clone()));
        source.once_committed(move || {
            unwrapped.write().unwrap_or_else(PoisonError::into_inner).insert(account_id, remembered);
        });
        Ok(keys)
    }
}

impl Tx {
    /// The account's keys.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn keys(&self) -> Result<AccountKeys> {
        self.keys_with(&[]).await
    }

    /// The account's keys, with these among them if they are the account's at all.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn keys_with(&self, wanted: &[AccountKeyId]) -> Result<AccountKeys> {
        self.store().keys().of(self, self.account_id(), self.store().epoch(), wanted).await
    }

    /// Makes a new key of the account: its first, or the one that from now on seals and signs in place of the newest.
    ///
    /// # Errors
    /// The database fails.
    pub async fn make_key(&self) -> Result<()> {
        let newest: Option<i32> = account_key::Entity::find()
            .select_only()
            .column(account_key::Column::Version)
            .filter(account_key::Column::AccountId.eq(self.account_id()))
            .order_by_desc(account_key::Column::Version)
            .into_tuple()
            .one(self.connection())
            .await?;
        let key = AccountKey::new(AccountKeyId(self.id()), self.random());
        let wrapped = self.store().keys().master.wrap(&key, self.account_id(), &self.random());
        account_key::Entity::insert(account_key::ActiveModel {
            id: Set(key.id()),
            account_id: Set(self.account_id()),
            version: Set(newest.unwrap_or_default() + 1),
            wrapped: Set(wrapped),
            created_at: Set(self.now()),
        })
        .exec_without_returning(self.connection())
        .await?;
        self.access_changed();
        Ok(())
    }
}

impl crate::Store {
    /// An account's keys.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn account_keys(&self, account_id: AccountId) -> Result<AccountKeys> {
        self.account_keys_with(account_id, &[]).await
    }

    /// An account's keys, with these among them if they are the account's at all.
    ///
    /// # Errors
    /// The master key is not the one that wrapped them, or the database fails.
    pub async fn account_keys_with(
        &self,
        account_id: AccountId,
        wanted: &[AccountKeyId],
    ) -> Result<AccountKeys> {
        self.keys().of(&self.read(), account_id, self.epoch(), wanted).await
    }
}
