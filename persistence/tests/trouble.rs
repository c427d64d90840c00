//! No more room, or no connection: the write says so, nothing is saved by half, and afterwards writing goes on.

use std::sync::Arc;

use futures_util::future::join_all;
use styr_domain::FaultKind;
use styr_persistence::{Error, Result, Tx};

use crate::world::World;

/// Writes big names, eight at a time, until there is no more room. Answers how many were saved.
async fn fill(world: &World) -> usize {
    let big = "x".repeat(20_000);
    let mut saved = 0;
    for _ in 0..200 {
        let write =
            || world.store.write(world.here.scope(), async |tx: Arc<Tx>| world.here.add(&tx, &big).await);
        let results: Vec<Result<_>> = join_all((0..8).map(|_| write())).await;
        saved += results.iter().filter(|result| result.is_ok()).count();
        if let Some(error) = results.into_iter().find_map(Result::err) {
            assert_full(error);
            return saved;
        }
    }
    panic!("there was always room");
}

fn assert_full(error: Error) {
    let fault = error.into_fault();
    assert_eq!((fault.kind, fault.code), (FaultKind::Unavailable, "storage_full"));
}

async fn assert_whole(world: &World, saved: usize) {
    let organisations =
        world.column("SELECT CAST(count(*) AS TEXT) FROM organisation WHERE name LIKE 'xxx%'").await;
    assert_eq!(organisations, [saved.to_string()]);
    assert_eq!(world.verify().await.events, 2 + 1 + saved as u64);
}

async fn assert_goes_on(world: &World) {
    for _ in 0..20 {
        let write =
            || world.store.write(world.here.scope(), async |tx: Arc<Tx>| world.here.add(&tx, "y").await);
        for result in join_all((0..4).map(|_| write())).await {
            result.unwrap();
        }
    }
    world.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_says_so() {
    let world = World::on_sqlite().await;
    world.execute("PRAGMA max_page_count = 400").await.unwrap();
    let mut saved = fill(&world).await;
    assert_whole(&world, saved).await;
    saved += fill(&world).await;
    assert_whole(&world, saved).await;
    world.execute("PRAGMA max_page_count = 100000").await.unwrap();
    assert_goes_on(&world).await;
}

/// A small disk of its own, as long as it lives.
#[cfg(target_os = "linux")]
struct Disk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl Disk {
    /// None where mounting is not allowed.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", "size=3m", "tmpfs"], folder.path()).then(|| Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
fn mount(arguments: &[&str], path: &std::path::Path) -> bool {
    let output = std::process::Command::new("mount").args(arguments).arg(path).output();
    output.is_ok_and(|output| output.status.success())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_says_so() {
    let Some(disk) = Disk::new() else { return };
    let world = World::in_folder(disk.0.path()).await;
    let mut saved = fill(&world).await;
    assert_whole(&world, saved).await;
    saved += fill(&world).await;
    assert_whole(&world, saved).await;
    assert!(mount(&["-o", "remount,size=30m"], disk.0.path()));
    assert_goes_on(&world).await;
    world.store.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_say_so_and_are_made_anew() {
    let world = World::on_postgres().await;
    let add = || world.store.write(world.here.scope(), async |tx: Arc<Tx>| world.here.add(&tx, "y").await);
    join_all((0..8).map(|_| add())).await.into_iter().collect::<Result<Vec<_>>>().unwrap();
    world
        .column(
            "SELECT pg_terminate_backend(pid, 5000)::text FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    // As many as the pool holds may be found lost.
    for _ in 0..32 {
        match add().await {
            Ok(_) => break,
            Err(error) => assert_eq!(error.into_fault().code, "database_unavailable"),
        }
    }
    add().await.unwrap();
    world.verify().await;
}
