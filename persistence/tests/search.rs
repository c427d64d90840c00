//! Person search: by prefix in any language's order, page by page.

use std::sync::Arc;

use styr_domain::privacy::Query;
use styr_persistence::Tx;
use styr_persistence::privacy::search;

use crate::world::{World, on_both};

on_both! { a_person_is_found_page_by_page }

async fn a_person_is_found_page_by_page(world: World) {
    let (store, home) = (&world.store, &world.here);
    let mut expected = Vec::new();
    for number in 0..5 {
        let work = async |tx: Arc<Tx>| {
            home.add_user(&tx, "Åse Aagaard Ørum", &format!("aase.aagaard.{number}@example.dk")).await
        };
        expected.push(store.write(home.scope(), work).await.unwrap().id.0);
    }
    let other = &world.elsewhere;
    let work = async |tx: Arc<Tx>| other.add_user(&tx, "Åse Aagaard", "aase@example.dk").await;
    store.write(other.scope(), work).await.unwrap();

    let keys = store.account_keys(home.account).await.unwrap().blind_index_keys();
    for text in ["aagaa", "åse", "Ørum aag"] {
        let mut found = Vec::new();
        for way in Query::parse(text).ways(&keys) {
            let mut after = None;
            loop {
                let hits = search(&store.read(), home.account, &way, after, 2).await.unwrap();
                assert!(
                    hits.iter().all(|hit| hit.entity == "user" && hit.fields.contains(&"name".to_owned()))
                );
                let Some(last) = hits.last() else { break };
                after = Some(last.entity_id);
                found.extend(hits.iter().map(|hit| hit.entity_id));
            }
        }
        found.dedup();
        assert_eq!(found, expected, "{text}");
    }
}
