//! Things, their versions and keys: saved, found and never out of their account.

use std::sync::Arc;

use styr_domain::FaultKind;
use styr_domain::access::{Coverage, ProcessState, ProcessVisibility, of};
use styr_domain::account::Organisation;
use styr_domain::crypto::MasterKey;
use styr_domain::id::ProcessId;
use styr_domain::process::{Process, ProcessContent};
use styr_persistence::version::{self, NewVersion, Publication};
use styr_persistence::{Error, PageRequest, Store, Tx, account, find, find_many, get};

use crate::world::{World, on_both};

on_both! {
    a_thing_is_saved_changed_and_deleted
    nothing_leaves_its_account
    pages_are_stable_while_others_write
    versions_are_saved_listed_and_published
    another_master_key_opens_nothing
    a_change_of_access_moves_the_epoch_everywhere
}

fn code<T>(result: Result<T, Error>) -> (FaultKind, &'static str) {
    match result {
        Err(Error::Fault(fault)) => (fault.kind, fault.code),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was done"),
    }
}

async fn a_thing_is_saved_changed_and_deleted(world: World) {
    let (store, home) = (&world.store, &world.here);
    let permit = home.permit::<of::OrganisationManage>();
    let saved = store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, "Skolen").await).await.unwrap();
    assert_eq!(get::<Organisation>(&store.read(), home.account, saved.id).await.unwrap(), saved);

    let work = async |tx: Arc<Tx>| {
        let after = Organisation { name: "Den nye skole".to_owned(), ..saved.clone() };
        tx.update(&permit, &saved, after, "organisation.changed").await
    };
    let changed = store.write(home.scope(), work).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.revision), ("Den nye skole", 2));
    assert_eq!(find(&store.read(), home.account, saved.id).await.unwrap(), Some(changed.clone()));

    let delete = || {
        store.write(home.scope(), async |tx: Arc<Tx>| {
            tx.delete(&permit, &changed, "organisation.deleted").await
        })
    };
    delete().await.unwrap();
    assert_eq!(find::<Organisation>(&store.read(), home.account, saved.id).await.unwrap(), None);
    let events = world.verify().await.events;
    assert_eq!(code(delete().await), (FaultKind::NotFound, "not_found"));
    let update =
        async |tx: Arc<Tx>| tx.update(&permit, &changed, changed.clone(), "organisation.changed").await;
    assert_eq!(code(store.write(home.scope(), update).await), (FaultKind::NotFound, "not_found"));
    assert_eq!(world.verify().await.events, events);

    let used = get::<Organisation>(&store.read(), home.account, home.organisation).await.unwrap();
    let delete = async |tx: Arc<Tx>| tx.delete(&permit, &used, "organisation.deleted").await;
    assert!(store.write(home.scope(), delete).await.unwrap_err().is_foreign_key_violation());
}

async fn nothing_leaves_its_account(world: World) {
    let (store, here, elsewhere) = (&world.store, &world.here, &world.elsewhere);
    let theirs = get::<Organisation>(&store.read(), elsewhere.account, elsewhere.organisation).await.unwrap();
    let read = store.read();
    assert_eq!(find::<Organisation>(&read, here.account, theirs.id).await.unwrap(), None);
    assert!(find_many::<Organisation>(&read, here.account, [theirs.id.0]).await.unwrap().is_empty());

    let permit = here.permit::<of::OrganisationManage>();
    let renamed = Organisation { name: "Vores".to_owned(), ..theirs.clone() };
    let update =
        async |tx: Arc<Tx>| tx.update(&permit, &theirs, renamed.clone(), "organisation.changed").await;
    assert_eq!(code(store.write(here.scope(), update).await).0, FaultKind::NotFound);
    let delete = async |tx: Arc<Tx>| tx.delete(&permit, &theirs, "organisation.deleted").await;
    assert_eq!(code(store.write(here.scope(), delete).await).0, FaultKind::NotFound);
    let insert = async |tx: Arc<Tx>| {
        tx.insert(&permit, &elsewhere.organisation("Ny", &tx), "organisation.created").await
    };
    assert_eq!(code(store.write(here.scope(), insert).await).0, FaultKind::NotFound);
    // Nor does a thing of this account refer to one of the other.
    let refer = async |tx: Arc<Tx>| {
        let below = Organisation { parent_id: Some(theirs.id), ..here.organisation("Under", &tx) };
        tx.insert(&permit, &below, "organisation.created").await
    };
    assert!(store.write(here.scope(), refer).await.unwrap_err().is_foreign_key_violation());
    assert_eq!(find(&read, elsewhere.account, theirs.id).await.unwrap(), Some(theirs));
}

async fn pages_are_stable_while_others_write(world: World) {
    let (store, home) = (&world.store, &world.here);
    let add = async |name: &str| {
        store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, name).await).await.unwrap()
    };
    let mut expected = vec![home.organisation];
    for number in 0..24 {
        expected.push(add(&format!("Afdeling {number}")).await.id);
    }
    let everywhere = Coverage { account: true, ..Coverage::default() };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: 10, after };
        let page =
            account::organisations(&store.read(), home.account, &everywhere, None, page).await.unwrap();
        assert!(page.items.len() <= 10);
        seen.extend(page.items.iter().map(|item| item.id));
        if seen.len() == 20 {
            expected.push(add("Senere").await.id);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

async fn versions_are_saved_listed_and_published(world: World) {
    let (store, home) = (&world.store, &world.here);
    let permit = home.permit::<of::ProcessCreate>();
    let content =
        |number: i32| ProcessContent { title: format!("Sagsgang {number}"), ..ProcessContent::default() };
    let work = async |tx: Arc<Tx>| {
        let process = Process {
            id: ProcessId(tx.id()),
            account_id: home.account,
            group_id: None,
            code: None,
            title: "Sagsgang".to_owned(),
            purpose: String::new(),
            state: ProcessState::Draft,
            visibility: ProcessVisibility::Public,
            owner_id: home.owner,
            version: 1,
            published_version: None,
            revision: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        tx.insert(&permit, &process, "process.created").await?;
        for number in 1..=5 {
            let content = content(number);
            let restored_from = (number == 5).then_some(1);
            let new = NewVersion {
                number,
                note: "Rettet",
                author_id: home.owner,
                restored_from,
                content: &content,
            };
            version::insert(&tx, &permit, &process, new).await?;
        }
        version::publish(
            &tx,
            &permit,
            &process,
            3,
            Publication { note: Some("Gælder nu"), new_edition: true },
            "process.published",
        )
        .await?;
        Ok(process)
    };
    let process = store.write(home.scope(), work).await.unwrap();
    let read = store.read();
    let (first, next) = version::list(&read, home.account, &process, None, 3).await.unwrap();
    assert_eq!(first.iter().map(|version| version.number).collect::<Vec<_>>(), [5, 4, 3]);
    assert_eq!((first[0].restored_from, first[0].published_at), (Some(1), None));
    assert_eq!((first[2].note.as_str(), first[2].published_at), ("Gælder nu", Some(crate::world::noon())));
    let (rest, end) = version::list(&read, home.account, &process, next, 3).await.unwrap();
    assert_eq!((rest.iter().map(|version| version.number).collect::<Vec<_>>(), end), (vec![2, 1], None));

    let (version, saved) =
        version::get::<Process, ProcessContent>(&read, home.account, &process, 4).await.unwrap();
    assert_eq!((version.number, saved), (4, content(4)));
    let elsewhere =
        version::get::<Process, ProcessContent>(&read, world.elsewhere.account, &process, 4).await;
    assert_eq!(code(elsewhere).0, FaultKind::NotFound);

    let twice = async |tx: Arc<Tx>| {
        let content = content(5);
        let new =
            NewVersion { number: 5, note: "", author_id: home.owner, restored_from: None, content: &content };
        version::insert(&tx, &permit, &process, new).await
    };
    assert!(store.write(home.scope(), twice).await.unwrap_err().unique_violation().is_some());
}

async fn another_master_key_opens_nothing(world: World) {
    let key = world.store.account_keys(world.here.account).await.unwrap();
    let again = crate::world::open(&world.database, Arc::clone(&world.ambient)).await;
    let same = again.account_keys(world.here.account).await.unwrap();
    assert_eq!(key.newest().check_value(), same.newest().check_value());
    let theirs = again.account_keys(world.elsewhere.account).await.unwrap();
    assert_ne!(key.newest().check_value(), theirs.newest().check_value());

    let other = MasterKey::from_base64("AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let other = Store::open(&world.database, other, Arc::<styr_persistence::Pinned>::clone(&world.ambient))
        .await
        .unwrap();
    assert!(matches!(other.account_keys(world.here.account).await, Err(Error::Fault(_))));
}

async fn a_change_of_access_moves_the_epoch_everywhere(world: World) {
    let other = crate::world::open(&world.database, Arc::clone(&world.ambient)).await;
    let before = other.refresh_epoch().await.unwrap();
    let work = async |tx: Arc<Tx>| {
        tx.access_changed();
        Ok(())
    };
    world.store.write(world.here.scope(), work).await.unwrap();
    let after = world.store.epoch();
    assert!(after > before);
    assert_eq!(other.epoch(), before);
    assert_eq!(other.refresh_epoch().await.unwrap(), after);

    let failing = async |tx: Arc<Tx>| {
        tx.access_changed();
        Err::<(), _>(styr_domain::Fault::not_found().into())
    };
    world.store.write(world.here.scope(), failing).await.unwrap_err();
    assert_eq!((world.store.epoch(), other.refresh_epoch().await.unwrap()), (after, after));
}
