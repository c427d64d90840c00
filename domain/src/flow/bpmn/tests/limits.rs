//! Small files that would grow large in the memory, in the answer or in an export.

use super::*;
use crate::flow::{Bounds, MAX_ID, MAX_VIOLATIONS, Node, Point};

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
fn keeping_stops_when_the_file_keeps_too_much() {
    let import = format!("<m:import importType='a' location='{}' namespace='b'/>", "y".repeat(90_000));
    let file = model(&format!("{import}{}", many(700, "<m:process id='p#'/>")));
    assert_eq!(refused(&file), ["extensions_too_large"]);
}

#[test]
fn what_holds_for_every_process_counts_for_each() {
    let imports = many(300, "<m:import importType='a' location='b' namespace='c#'/>");
    assert_eq!(
        refused(&model(&format!("{imports}{}", many(2000, "<m:process id='p#'/>")))),
        ["extensions_too_large"]
    );
}

#[test]
fn each_process_keeps_its_own_of_a_drawing_that_shows_several() {
    let shape = |id: &str, at: usize| {
        format!(
            "<d:BPMNShape bpmnElement='{id}'><c:Bounds x='{at}' y='1' width='2' height='2'/></d:BPMNShape>"
        )
    };
    // The second diagram shows the same again, so that it has to be kept as it is.
    let ids = ["a", "b", "us", "them", "gone", "box"];
    let diagrams: String = (1..3)
        .map(|d| {
            let shapes: String = ids.iter().zip(0..).map(|(id, n)| shape(id, d * 100 + n)).collect();
            format!(
                "<d:BPMNDiagram id='D{d}'><d:BPMNPlane bpmnElement='c'>{shapes}</d:BPMNPlane></d:BPMNDiagram>"
            )
        })
        .collect();
    let import = imported(&model(&format!(
        "<m:collaboration id='c'><m:participant id='us' processRef='p'/><m:participant id='them' processRef='q'/></m:collaboration>\
         <m:process id='p'><m:task id='a'/></m:process>\
         <m:process id='q'><m:task id='b'/><m:property id='box'/></m:process>{diagrams}<d:BPMNDiagram id='D3'/>"
    )));
    let files: Vec<String> = import.processes.iter().map(exported).collect();
    let has = |part: &str| files.iter().map(|f| f.contains(part)).collect::<Vec<_>>();
    for (id, at, kept) in [
        ("a", 0, [true, false]),
        ("b", 1, [false, true]),
        ("us", 2, [true, true]),
        ("them", 3, [true, true]),
        ("gone", 4, [true, false]),
        ("box", 5, [false, true]),
    ] {
        assert_eq!(has(&format!("x=\"{}\"", 100 + at)), kept, "{id}\n{files:?}");
        assert_eq!(has(&format!("x=\"{}\"", 200 + at)), kept, "{id}\n{files:?}");
    }
    assert_eq!(has("id=\"D3\""), [true, false]);
}

#[test]
fn places_are_exact_to_a_thousandth_and_never_longer() {
    let points = "<i:waypoint x='1e-300' y='-1e-300'/>".repeat(500);
    let file = model(&format!(
        "<m:process id='p'><m:task id='a'/><m:sequenceFlow id='f' sourceRef='a' targetRef='a'/></m:process>\
         <d:BPMNDiagram><d:BPMNPlane><d:BPMNShape bpmnElement='a'><c:Bounds x='0.12345' y='7.0005' width='1e-9' height='1234567.0019'/></d:BPMNShape>\
         <d:BPMNEdge bpmnElement='f'>{points}</d:BPMNEdge></d:BPMNPlane></d:BPMNDiagram>"
    ));
    let import = imported(&file);
    let flow = &import.processes[0].flow;
    let expected = Bounds { x: 0.123, y: 7.001, width: 0.0, height: 1_234_567.002 };
    assert_eq!(flow.nodes[0].bounds, Some(expected));
    assert_eq!(flow.sequence_flows[0].waypoints, [Point::default(); 500]);
    assert!(exported(&import.processes[0]).len() < 2 * file.len());
    let mut odd = flow.clone();
    odd.nodes[0].bounds = Some(Bounds { x: 0.123_45, y: 7.000_5, width: 1e-9, height: 1_234_567.001_9 });
    odd.sequence_flows[0].waypoints.fill(Point { x: -1e-300, y: 1.0 / 3.0 });
    odd.nodes[0].extensions =
        vec!["<b:task xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' q='1'/>".to_owned()];
    assert_eq!(validate(&odd), []);
    let process = ExportedProcess { id: "p", name: None, documentation: None, executable: None, flow: &odd };
    let file = export(&process);
    assert!(file.contains(r#"<di:waypoint x="0" y="0.333"/>"#), "{file}");
    assert_eq!(one_flow(&file).nodes[0].bounds, Some(expected));
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

#[test]
fn one_declaration_for_many_names_does_not_become_many() {
    let uri = format!("urn:{}", "x".repeat(900));
    let names = "<y:a/>".repeat(20_000);
    let inside = format!("<y:first xmlns:y='urn:first'/><other:w xmlns:y='{uri}'>{names}</other:w>");
    let default =
        inside.replace("y:first xmlns:y", "first xmlns").replace("xmlns:y", "xmlns").replace("y:a", "a");
    let default = default.replace("<other:w", "<w:w xmlns:w='urn:w'").replace("</other:w", "</w:w");
    for inside in [inside, default] {
        let extended = |inside: &str| {
            model(&format!(
                "<m:process id='p'><m:extensionElements>{inside}</m:extensionElements></m:process>"
            ))
        };
        assert_eq!(refused(&extended(&inside)), ["extensions_too_large"]);
        let few = inside.replace(&uri, "urn:second");
        imported(&extended(&few));
        let mut flow = Flow::default();
        let piece = |inside: &str| {
            let namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL";
            format!(
                "<b:process xmlns:b='{namespace}' xmlns:other='urn:other'><b:extensionElements>{inside}</b:extensionElements></b:process>"
            )
        };
        flow.extensions.push(piece(&inside));
        let found: Vec<_> = validate(&flow).iter().map(|v| v.code).collect();
        assert_eq!(found, ["extensions_too_large"]);
    }
}
