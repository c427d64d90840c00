//! Small files that would grow large in the memory, in the answer or in an export.

use super::*;
use crate::flow::{MAX_ID, MAX_VIOLATIONS, Node};

fn refused(file: &str) -> Vec<&'static str> {
    super::super::import(file.as_bytes()).unwrap_err().violations.iter().map(|v| v.code).collect()
}

/// As many of these as asked for, each with its number in place of `#`.
fn many(count: usize, of: &str) -> String {
    (0..count).map(|n| of.replace('#', &n.to_string())).collect()
}

#[test]
fn the_name_of_a_message_is_copied_to_its_flows_only_while_it_is_small() {
    let file = |name: &str, flows: usize| {
        let flows = many(flows, "<m:messageFlow id='f#' sourceRef='t' targetRef='them' messageRef='m'/>");
        model(&format!(
            "<m:message id='m' name='{name}'/><m:collaboration id='c'><m:participant id='us' processRef='p'/>\
             <m:participant id='them'/>{flows}</m:collaboration><m:process id='p'><m:task id='t'/></m:process>"
        ))
    };
    let flow = one_flow(&file("Order", 3));
    assert!(flow.message_flows.iter().all(|f| f.name.as_deref() == Some("Order")));
    assert_eq!(refused(&file(&"x".repeat(100_000), 600)), ["too_much_text"]);
}

#[test]
fn attributes_count_when_a_shared_event_definition_is_written_out() {
    let names = |letter: &str| many(98, &format!(" other:{}#=''", letter.repeat(990)));
    let ends =
        many(600, "<m:startEvent id='e#'><m:eventDefinitionRef>t</m:eventDefinitionRef></m:startEvent>");
    let file =
        model(&format!("<m:timerEventDefinition id='t'{}/><m:process id='p'>{ends}</m:process>", names("x")));
    assert_eq!(refused(&file), ["too_much_text"]);
}

#[test]
fn what_a_pool_stands_for_is_copied_to_each_process_only_while_it_is_small() {
    let pools = many(200, "<m:participant id='a#' processRef='p#'/>");
    let processes = many(200, "<m:process id='p#'/>");
    for attribute in ["processRef", "x:process"] {
        let file = model(&format!(
            "<m:collaboration id='c' xmlns:x='urn:styr:bpmn:1'>{pools}<m:participant id='them' {attribute}='{}'/></m:collaboration>{processes}",
            "x".repeat(300_000)
        ));
        assert_eq!(refused(&file), ["too_much_text"], "{attribute}");
    }
}

#[test]
fn a_report_names_no_endless_ids() {
    let long = "x".repeat(MAX_ID + 1);
    let file = model("<m:resource/><m:process id='p'/>").replace("id=\"file\"", &format!("id=\"{long}\""));
    let import = imported(&file);
    let left: Vec<_> = import.not_carried.iter().map(|n| (n.element.as_str(), n.kind.as_str())).collect();
    assert_eq!(left, [("", "resource")]);
}

#[test]
fn more_attributes_than_any_file_has_are_refused() {
    let task = format!("<other:a{}/>", many(50, " a#=''"));
    let inside = task.repeat(MAX_XML_ATTRIBUTES / 50 + 1);
    let file =
        model(&format!("<m:process id='p'><m:extensionElements>{inside}</m:extensionElements></m:process>"));
    assert_eq!(refused(&file), ["too_many_attributes"]);
}

#[test]
fn no_more_violations_are_told_than_anyone_reads() {
    let inputs = many(1500, "<m:dataInput id='same'/>");
    let clashes =
        model(&format!("<m:process id='p'><m:ioSpecification>{inputs}</m:ioSpecification></m:process>"));
    let boundaries = many(1500, "<m:boundaryEvent id='b#'/>");
    let loose = model(&format!("<m:process id='p'>{boundaries}</m:process>"));
    let processes = many(1500, "<m:process id='p#'><m:boundaryEvent id='b#'/></m:process>");
    let flows = many(1500, "<m:messageFlow id='f#' sourceRef='gone' targetRef='us'/>");
    let messages = model(&format!(
        "<m:collaboration id='c'><m:participant id='us' processRef='p'/>{flows}</m:collaboration><m:process id='p'/>"
    ));
    for file in [clashes, loose, model(&processes), messages] {
        assert_eq!(refused(&file).len(), MAX_VIOLATIONS, "{}", &file[..900]);
    }
    let flow = Flow {
        nodes: vec![Node { id: "n".to_owned(), ..Node::default() }],
        extensions: vec!["<no".to_owned(); 1500],
        ..Flow::default()
    };
    assert_eq!(validate(&flow).len(), MAX_VIOLATIONS);
}
