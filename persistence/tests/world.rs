//! A database with two accounts, for one test.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait as _;
use sqlx::{Connection as _, Row as _};
use styr_domain::access::{
    Actor, Licence, Lockdown, Permit, Provenance, Requirement, Resource, authorize, of,
};
use styr_domain::account::{Account, Organisation};
use styr_domain::crypto::MasterKey;
use styr_domain::event::{ChainHead, Verification, Verifier};
use styr_domain::id::{AccountId, OrganisationId, UserId};
use styr_domain::user::User;
use styr_persistence::{Database, Error, Pinned, Result, Scope, Source as _, Store, Tx, account, event};

/// A test for each database, by the name of one function that takes a [`World`].
macro_rules! on_both {
    ($($name:ident)+) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_sqlite() {
                super::$name($crate::world::World::on_sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn on_postgres() {
                super::$name($crate::world::World::on_postgres().await).await;
            }
        }
    )+};
}
pub(crate) use on_both;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) ambient: Arc<Pinned>,
    pub(crate) database: Database,
    /// The account that tests write to.
    pub(crate) here: Home,
    /// Another one, which nothing may reach.
    pub(crate) elsewhere: Home,
    _folder: Option<tempfile::TempDir>,
}

/// An account with an organisation and its owner.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) account: AccountId,
    pub(crate) organisation: OrganisationId,
    pub(crate) owner: UserId,
    pub(crate) actor: Arc<Actor>,
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) async fn open(database: &Database, ambient: Arc<Pinned>) -> Store {
    Store::open(database, MasterKey::from_base64(KEY).unwrap(), ambient).await.unwrap()
}

impl World {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("styr.db"));
        let ambient = Arc::new(Pinned::new(noon(), 1));
        let store = open(&database, Arc::clone(&ambient)).await;
        store.migrate().await.unwrap();
        Self::with(store, ambient, database, Some(folder)).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let migrate = async |url: String| {
            let store = open(&url.parse().unwrap(), Arc::new(Pinned::new(noon(), 0))).await;
            store.migrate().await.map_err(|error| error.to_string())?;
            store.close().await.map_err(|error| error.to_string())
        };
        let url = postgres_server().database(migrate).await.unwrap();
        let database: Database = url.parse().unwrap();
        let ambient = Arc::new(Pinned::new(noon(), 1));
        let store = open(&database, Arc::clone(&ambient)).await;
        Self::with(store, ambient, database, None).await
    }

    /// The database in a folder that the caller looks after.
    pub(crate) async fn in_folder(folder: &std::path::Path) -> Self {
        let database = Database::Sqlite(folder.join("styr.db"));
        let ambient = Arc::new(Pinned::new(noon(), 1));
        let store = open(&database, Arc::clone(&ambient)).await;
        store.migrate().await.unwrap();
        Self::with(store, ambient, database, None).await
    }

    async fn with(
        store: Store,
        ambient: Arc<Pinned>,
        database: Database,
        folder: Option<tempfile::TempDir>,
    ) -> Self {
        let here = Home::make(&store, "Her").await;
        let elsewhere = Home::make(&store, "Andetsteds").await;
        Self { store, ambient, database, here, elsewhere, _folder: folder }
    }

    /// What a query answers, as text, on a connection of its own.
    pub(crate) async fn column(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.database {
            Database::Sqlite(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                rows.into_iter().map(|row| row.get(0)).collect()
            }
            Database::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
                let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
                rows.into_iter().map(|row| row.get(0)).collect()
            }
        }
    }

    /// How many rows each table that a write touches has.
    pub(crate) async fn counts(&self) -> Vec<(&'static str, String)> {
        let mut counts = Vec::new();
        for table in ["organisation", "event", "event_secret", "idempotency", "job", "term"] {
            let count = self.column(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}")).await;
            counts.push((table, count.into_iter().next().unwrap()));
        }
        counts
    }

    /// Runs SQL as a write.
    pub(crate) async fn execute(&self, sql: &'static str) -> Result<()> {
        let work = async |tx: Arc<Tx>| {
            tx.connection().execute_unprepared(sql).await.map(|_| ()).map_err(Error::from)
        };
        self.store.write(self.here.scope(), work).await
    }

    /// Verifies the whole chain of the account, which must be sound.
    pub(crate) async fn verify(&self) -> Verification {
        let mut head = ChainHead::start(self.here.account);
        let mut verifier = Verifier::new(head);
        loop {
            let events = event::after(&self.store.read(), self.here.account, &head, 100).await.unwrap();
            let Some((last, _)) = events.last() else { break };
            head = last.head();
            for (event, secret) in &events {
                verifier.push(event, secret.as_ref());
            }
        }
        let seen = verifier.finish();
        assert_eq!(seen.first_fault, None);
        seen
    }
}

pub(crate) fn postgres_server() -> &'static crate::postgres::Server {
    crate::postgres::server().unwrap_or_else(|why| panic!("{why}"))
}

impl Home {
    pub(crate) fn of(account: AccountId, organisation: OrganisationId, owner: UserId) -> Self {
        let actor = Arc::new(Actor {
            account_id: account,
            user_id: owner,
            token_id: None,
            organisation_id: organisation,
            ancestor_ids: [organisation].into(),
            groups: [].into(),
            substitute_for: [].into(),
            grants: Vec::new(),
            scopes: None,
            owner: true,
            licence: Licence::Pro,
            external: false,
            shown: None,
            drawings: None,
            lockdown: Lockdown::default(),
            hiding: Arc::default(),
        });
        Self { account, organisation, owner, actor }
    }

    async fn make(store: &Store, name: &str) -> Self {
        let ambient = store.ambient();
        let (now, account) = (ambient.now(), AccountId(ambient.id()));
        let (organisation, owner) = (OrganisationId(ambient.id()), UserId(ambient.id()));
        let home = Self::of(account, organisation, owner);
        let made = home.clone();
        let work = async |tx: Arc<Tx>| {
            let (name, word) = (name.to_owned(), "Anonymiseret".to_owned());
            let new = Account {
                id: account,
                name,
                anonymized_word: word,
                locked_down_at: None,
                revision: 1,
                created_at: now,
            };
            account::insert(&tx, &made.permit::<of::AccountManage>(), &new).await?;
            tx.make_key().await?;
            let top = Organisation { id: organisation, ..made.organisation("Kommunen", &tx) };
            tx.insert(&made.permit::<of::OrganisationManage>(), &top, "organisation.created").await?;
            let user = User { id: owner, owner: true, ..made.user("Ejer", "ejer@example.dk", &tx) };
            tx.insert(&made.permit::<(of::UserManage, of::UserManageLocal)>(), &user, "user.created").await
        };
        store.write(home.scope(), work).await.unwrap();
        home
    }

    pub(crate) fn scope(&self) -> Scope {
        Scope { actor_id: Some(self.owner), ..Scope::of_styr(self.account) }
    }

    pub(crate) fn permit<R: Requirement>(&self) -> Permit<R> {
        authorize(&self.actor, &Resource::shared(self.account))
            .or_else(|_| authorize(&self.actor, &Resource::local(self.account, self.organisation)))
            .unwrap()
    }

    /// A new organisation.
    pub(crate) fn organisation(&self, name: &str, tx: &Tx) -> Organisation {
        Organisation {
            id: OrganisationId(tx.id()),
            account_id: self.account,
            parent_id: None,
            name: name.to_owned(),
            hides_cases: false,
            locked_down_at: None,
            revision: 1,
            created_at: tx.now(),
        }
    }

    /// Saves a new organisation.
    pub(crate) async fn add(&self, tx: &Tx, name: &str) -> Result<Organisation> {
        let new = self.organisation(name, tx);
        tx.insert(&self.permit::<of::OrganisationManage>(), &new, "organisation.created").await?;
        Ok(new)
    }

    /// A new user of the account's first organisation.
    pub(crate) fn user(&self, name: &str, email: &str, tx: &Tx) -> User {
        User {
            id: UserId(tx.id()),
            account_id: self.account,
            organisation_id: self.organisation,
            name: name.to_owned(),
            email: Some(email.to_owned()),
            phone: None,
            title: None,
            person_number: None,
            external_id: None,
            user_name: None,
            directory: None,
            deprovisioned_at: None,
            provenance: Provenance::Hand,
            profile_id: None,
            licence: Licence::Basic,
            external: false,
            owner: false,
            active: true,
            deactivated_at: None,
            anonymized_at: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        }
    }

    /// Saves a new user.
    pub(crate) async fn add_user(&self, tx: &Tx, name: &str, email: &str) -> Result<User> {
        let new = self.user(name, email, tx);
        tx.insert(&self.permit::<(of::UserManage, of::UserManageLocal)>(), &new, "user.created").await?;
        Ok(new)
    }
}
