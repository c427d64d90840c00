//! Models that others drew.

use std::path::Path;

use super::{Case, Status};
use crate::flow::{NodeKind, bpmn};

#[test]
#[ignore = "needs the models under $STYR_SHARED_DATA"]
fn shared_data_apqc_models_run_to_their_end() {
    let Some(data) = std::env::var_os("STYR_SHARED_DATA") else {
        eprintln!("STYR_SHARED_DATA is not set: nothing to run");
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(&data).join("bpmn/apqc")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "bpmn") {
            continue;
        }
        let imported = bpmn::import(&std::fs::read(&path).unwrap())
            .unwrap_or_else(|fault| panic!("{path:?}: {fault:?}"));
        for process in imported.processes {
            let mut case = Case::of(&process.flow);
            case.start().unwrap();
            let mut done = 0;
            while let Some(work) = case.state.work.first() {
                let element = work.element.clone();
                case.complete(&element).unwrap();
                done += 1;
            }
            assert_eq!(case.state.status, Status::Completed, "{path:?}");
            let tasks = process.flow.nodes.iter().filter(|node| node.kind == NodeKind::UserTask).count();
            assert_eq!(done, tasks, "{path:?}");
            count += 1;
        }
    }
    assert!(count > 0, "no models found");
    eprintln!("{count} models ran");
}
