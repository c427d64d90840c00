//! What was erased is gone from the files.

use std::sync::Arc;

use styr_domain::access::Permit;
use styr_domain::id::{AnonymizationRunId, RetentionRuleId};
use styr_domain::privacy::{
    AnonymizationRun, AnonymizationTarget, RetentionRule, RetentionStart, RetentionTarget, RunCounts,
    RunStatus, TargetKind,
};
use styr_persistence::privacy::erase::erase;
use styr_persistence::{Database, Tx};

use crate::world::{World, on_both};

on_both! {
    a_user_taken_up_again_is_passed_over
}

async fn a_user_taken_up_again_is_passed_over(world: World) {
    let home = &world.here;
    let work = async |tx: Arc<Tx>| {
        let styr = Permit::for_styr();
        let rule = RetentionRule {
            id: RetentionRuleId(tx.id()),
            account_id: home.account,
            name: "Leavers".to_owned(),
            applies_to: RetentionTarget::User,
            starts_at: RetentionStart::Deactivation,
            days: 0,
            active: true,
            automatic: true,
            revision: 1,
            created_at: tx.now(),
        };
        tx.insert(&styr, &rule, "retention_rule.created").await?;
        let run = AnonymizationRun {
            id: AnonymizationRunId(tx.id()),
            account_id: home.account,
            status: RunStatus::Running,
            started_by: None,
            counts: RunCounts::default(),
            receipt: None,
            revision: 1,
            created_at: tx.now(),
            ended_at: None,
        };
        // Both active by now: the one was reactivated, the other is named.
        let due = home.add_user(&tx, "Due", "due@example.dk").await?;
        let named = home.add_user(&tx, "Named", "named@example.dk").await?;
        let target = |id, rule_id| AnonymizationTarget { entity: TargetKind::User, id, rule_id };
        let targets = [target(due.id.0, Some(rule.id)), target(named.id.0, None)];
        let (erased, passed_over) = erase(&tx, &styr, &run, &targets).await?;
        assert_eq!((erased.users, passed_over), (1, 1));
        Ok(())
    };
    world.store.write(home.scope(), work).await.unwrap();
    let left =
        world.column("SELECT name FROM \"user\" WHERE email IN ('due@example.dk', 'named@example.dk')").await;
    assert_eq!(left, ["Due"]);
}

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
