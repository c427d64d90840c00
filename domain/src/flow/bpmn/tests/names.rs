//! Names, prefixes and ids that XML allows or forbids.

use super::*;

fn told(content: &str) -> (&'static str, String) {
    let fault = super::super::import(content.as_bytes()).unwrap_err();
    (fault.violations[0].code, fault.violations[0].text.en.to_string())
}

fn extended(inside: &str) -> String {
    model(&format!("<m:process id='p'><m:extensionElements>\n{inside}</m:extensionElements></m:process>"))
}

#[test]
fn what_is_no_xml_name_is_refused_with_its_line() {
    let table = [
        ("<other:a&b/>", "a&b"),
        ("<other:a c<d='1'/>", "c<d"),
        ("<other:a 1c='1'/>", "1c"),
        ("<other:a b:c:d='1' xmlns:b='urn:b'/>", "c:d"),
        ("<other:-a/>", "-a"),
        ("<:a/>", "prefix \"\""),
        ("<other:a :b='1'/>", "prefix \"\""),
        ("<other:a xmlns:b&c='urn:b'/>", "b&c"),
        ("<b&c:a xmlns:b&c='urn:b'/>", "b&c"),
    ];
    for (inside, name) in table {
        let (code, text) = told(&extended(inside));
        assert_eq!(code, "xml_malformed", "{inside}");
        assert!(text.contains(name) && text.contains("line 5,"), "{inside}: {text}");
    }
    imported(&extended("<other:å.b-c_1 other:ø·='1'/>"));
}

#[test]
fn two_attributes_of_one_name_are_refused_whatever_their_prefixes() {
    let twice =
        |uri: &str| extended(&format!("<other:a xmlns:b1='{uri}' xmlns:b2='{uri}' b1:x='1' b2:x='2'/>"));
    for uri in ["urn:own", "http://www.omg.org/spec/BPMN/20100524/MODEL"] {
        let (code, text) = told(&twice(uri));
        assert_eq!(code, "xml_malformed");
        assert!(text.contains("\"x\"") && text.contains("line 5,"), "{text}");
    }
    imported(&extended("<other:a xmlns:b1='urn:1' xmlns:b2='urn:2' b1:x='1' b2:x='2' x='3'/>"));
}

#[test]
fn prefixes_that_styr_renames_stay_apart_from_all_others() {
    let one = "<styr:a xmlns:styr='urn:one' xmlns:styr_='urn:two' styr:x='1' styr_:x='2'/>";
    let nested =
        "<styr:a xmlns:styr='urn:one'><styr_:b xmlns:styr_='urn:two' styr:x='1' styr_:x='2'/></styr:a>";
    let values = "<other:a xmlns:styr='urn:one' xmlns:styr_='urn:two' styr:x='styr:v' x='styr_:v'/>";
    for inside in [one, nested, values] {
        let file = exported(&imported(&extended(inside)).processes[0]);
        let count = |part: &str| file.matches(part).count();
        assert_eq!((count("=\"urn:one\""), count("=\"urn:two\"")), (1, 1), "{file}");
        assert_eq!(count("xmlns:styr_=\"urn:two\""), 1, "{file}");
        assert!(file.contains("styr__:x=\"") && !file.contains("xmlns:styr=\"urn:one\""), "{file}");
    }
}

#[test]
fn an_element_keeps_attributes_of_many_vocabularies() {
    let of = |range: std::ops::Range<usize>, what: &str| {
        range.map(|n| what.replace('#', &n.to_string())).collect::<String>()
    };
    let file = model(&format!(
        "<m:process id='p'{}><m:task id='t'{} {}/></m:process>",
        of(0..90, " xmlns:a#='urn:#'"),
        of(0..90, " a#:x='#'"),
        of(0..8, " b#='#'"),
    ));
    assert_eq!(one_flow(&file).nodes[0].extensions.len(), 1);
}

#[test]
fn spaces_around_an_id_do_not_count() {
    let import = imported(&model(
        "<m:message id=' m ' name='Order'/><m:signal id='\ts' name='Gone' other:x='1'/>\
         <m:timerEventDefinition id=' te '><m:timeDate>now</m:timeDate></m:timerEventDefinition>\
         <m:process id=' p '><m:task id=' a '/><m:sequenceFlow id='\n f' sourceRef=' a ' targetRef='b'/>\
         <m:receiveTask id='b' messageRef=' m '/><m:startEvent id='e '><m:eventDefinitionRef>te</m:eventDefinitionRef></m:startEvent>\
         <m:endEvent id='e2'><m:signalEventDefinition signalRef=' s '/></m:endEvent></m:process>\
         <d:BPMNDiagram><d:BPMNPlane bpmnElement='p'><d:BPMNShape bpmnElement='a'><c:Bounds x='1' y='1' width='1' height='1'/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>",
    ));
    assert_eq!(import.not_carried.iter().find(|n| !n.kept), None);
    let process = &import.processes[0];
    let ids: Vec<&str> = process.flow.nodes.iter().map(|n| n.id.as_str()).collect();
    assert_eq!((process.bpmn_id.as_str(), ids), ("p", vec!["a", "b", "e", "e2"]));
    let flow = &process.flow.sequence_flows[0];
    assert_eq!((flow.id.as_str(), flow.source.as_str(), flow.target.as_str()), ("f", "a", "b"));
    let event = |at: usize| process.flow.nodes[at].event.clone().unwrap();
    assert_eq!(event(1).name.as_deref(), Some("Order"));
    assert_eq!((event(2).kind, event(3).name.as_deref()), (EventKind::Timer, Some("Gone")));
    assert!(process.flow.nodes[0].bounds.is_some());
    let file = exported(process);
    assert!(file.contains(r#"<bpmn:signal id="s" name="Gone" other:x="1"/>"#), "{file}");
}

#[test]
fn ids_that_differ_only_in_spaces_clash() {
    let file = model("<m:process id='p'><m:task id='a'/><m:task id=' a '/></m:process>");
    let fault = super::super::import(file.as_bytes()).unwrap_err();
    assert_eq!(codes(&fault), [(Some("a"), "id_clash")]);
}
