//! What was erased is gone from the files.

use std::sync::Arc;

use styr_persistence::{Database, Tx};

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn erased_text_is_in_neither_file() {
    const NAME: &str = "Ragnhild Ellemose";
    const EMAIL: &str = "ragnhild.ellemose@example.dk";
    let world = World::on_sqlite().await;
    let Database::Sqlite(path) = &world.database else { panic!("not SQLite") };
    let found = |text: &str| {
        let bytes = |ending: &str| std::fs::read(format!("{}{ending}", path.display())).unwrap();
        [bytes(""), bytes("-wal")]
            .iter()
            .any(|bytes| bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes())))
    };
    let home = &world.here;
    world.store.write(home.scope(), async |tx: Arc<Tx>| home.add_user(&tx, NAME, EMAIL).await).await.unwrap();
    world.store.checkpoint().await.unwrap();
    assert!(found(NAME) && found(EMAIL));

    world.execute("DELETE FROM event_secret; DELETE FROM term").await.unwrap();
    let sql = "UPDATE \"user\" SET name = 'Anonymiseret', email = NULL WHERE name LIKE 'Ragnhild%'";
    world.execute(sql).await.unwrap();
    // Others write and read meanwhile.
    let writing = world.store.write(home.scope(), async |tx: Arc<Tx>| home.add(&tx, "Nabo").await);
    let (checkpoint, written) = tokio::join!(world.store.checkpoint(), writing);
    checkpoint.unwrap();
    written.unwrap();
    assert!(!found(NAME) && !found(EMAIL) && !found("ellemose"));
    let seen = world.verify().await;
    assert_eq!(seen.erased, 2);
}
