//! What other tools say, through an import and an export.

use super::*;
use crate::flow::{EventDefinition, Node};

/// A model in which every part says something that the flow has no field for.
const FOREIGN: &str = r#"
<m:import importType="http://www.w3.org/2001/XMLSchema" location="types.xsd" namespace="urn:types"/>
<m:itemDefinition id="item" structureRef="t:order" xmlns:t="urn:types"/>
<m:message id="m1" name="Order" itemRef="item"/><m:message id="m2" name="Order"/><m:error id="e1" name="Gone" errorCode="4" structureRef="item"/>
<m:interface id="if" name="Orders"><m:operation id="op" name="place"><m:inMessageRef>m1</m:inMessageRef></m:operation></m:interface>
<m:resource id="clerk" name="Clerk"/>
<m:collaboration id="collab" name="Around" isClosed="true"><m:documentation>Both</m:documentation>
  <m:participant id="us" name="Us" processRef="p"><m:documentation>Our pool</m:documentation><m:interfaceRef>if</m:interfaceRef><m:participantMultiplicity minimum="2" maximum="3"/></m:participant>
  <m:participant id="them" other:kind="bank"/>
  <m:messageFlow id="mf" sourceRef="send" targetRef="them" messageRef="m2"/>
  <m:conversation id="talk"><m:participantRef>us</m:participantRef></m:conversation>
</m:collaboration>
<m:process id="p" isExecutable="true" processType="Private" other:version="7">
  <m:documentation id="d1" textFormat="text/html">First</m:documentation><m:documentation>Second</m:documentation>
  <m:extensionElements><other:meta a="&lt;1&gt;">text<other:b/>tail</other:meta><plain xmlns="urn:plain"><x/></plain></m:extensionElements>
  <m:property id="prop" name="amount" itemSubjectRef="item"/>
  <m:laneSet id="ls" name="Who"><m:documentation>Lanes</m:documentation><m:lane id="lane" other:colour="red"><m:documentation>A lane</m:documentation><m:flowNodeRef>send</m:flowNodeRef></m:lane></m:laneSet>
  <m:startEvent id="s"><m:messageEventDefinition id="med" messageRef="m2" other:x="1"><m:operationRef>op</m:operationRef></m:messageEventDefinition></m:startEvent>
  <m:sendTask id="send" implementation="urn:mail" operationRef="op" messageRef="m1" other:retries="3">
    <m:extensionElements><other:input name="to">${a &amp; b}</other:input></m:extensionElements>
    <m:ioSpecification id="io"><m:dataInput id="in" itemSubjectRef="item"/><m:inputSet><m:dataInputRefs>in</m:dataInputRefs></m:inputSet><m:outputSet/></m:ioSpecification>
    <m:dataInputAssociation id="dia"><m:sourceRef>doc</m:sourceRef><m:targetRef>in</m:targetRef><m:transformation language="urn:l">f</m:transformation></m:dataInputAssociation>
    <m:potentialOwner id="po"><m:resourceRef>clerk</m:resourceRef></m:potentialOwner>
    <m:multiInstanceLoopCharacteristics id="mi" behavior="One"><m:loopCardinality>3</m:loopCardinality><m:completionCondition>done</m:completionCondition></m:multiInstanceLoopCharacteristics>
  </m:sendTask>
  <m:scriptTask id="script" scriptFormat="js"><m:script>if (a &lt; b) {}</m:script></m:scriptTask>
  <m:intermediateCatchEvent id="wait"><m:timerEventDefinition id="ted"><m:timeDuration id="td" other:unit="d">P1D</m:timeDuration></m:timerEventDefinition></m:intermediateCatchEvent>
  <m:exclusiveGateway id="g" gatewayDirection="Diverging"/>
  <m:adHocSubProcess id="ad" ordering="Parallel"><m:task id="inner"/><m:completionCondition>all</m:completionCondition></m:adHocSubProcess>
  <m:sequenceFlow id="f" sourceRef="g" targetRef="script" isImmediate="false"><m:documentation>Why</m:documentation><m:conditionExpression id="ce" language="urn:feel" evaluatesToTypeRef="item">a &gt; 1</m:conditionExpression></m:sequenceFlow>
  <m:sequenceFlow id="f2" sourceRef="g" targetRef="ad"><m:conditionExpression language="urn:js" other:resource="x.js"/></m:sequenceFlow>
  <m:dataObject id="o" itemSubjectRef="item"><m:documentation>Object</m:documentation></m:dataObject>
  <m:dataObjectReference id="doc" dataObjectRef="o" other:y="2"/>
  <m:dataObjectReference id="loose" name="Loose"/>
  <m:textAnnotation id="ta" textFormat="text/plain"><m:text>Note</m:text></m:textAnnotation>
  <m:association id="as" sourceRef="ta" targetRef="s" associationDirection="None"/>
  <m:resourceRole id="role"><m:resourceRef>clerk</m:resourceRef></m:resourceRole>
</m:process>
<m:relationship type="trace"><m:source>p</m:source><m:target>q</m:target></m:relationship>
<d:BPMNDiagram id="D1" name="Main" resolution="96"><d:BPMNPlane id="P1" bpmnElement="collab">
  <d:BPMNShape id="S1" bpmnElement="us" isHorizontal="true" other:stroke="red"><c:Bounds x="0" y="0" width="500" height="200"/></d:BPMNShape>
  <d:BPMNShape id="g_di" bpmnElement="g" isMarkerVisible="false"><c:Bounds x="10" y="10" width="50" height="50"/><d:BPMNLabel id="L1" labelStyle="style"><c:Bounds x="1" y="2" width="3" height="4"/></d:BPMNLabel></d:BPMNShape>
  <d:BPMNEdge id="E1" bpmnElement="f" sourceElement="g_di"><i:waypoint x="1" y="2"/><i:waypoint x="3" y="4"/></d:BPMNEdge>
  <d:BPMNShape id="S9" bpmnElement="talk"><c:Bounds x="7" y="7" width="8" height="8"/></d:BPMNShape>
</d:BPMNPlane><d:BPMNLabelStyle id="style"><c:Font name="Arial" size="11"/></d:BPMNLabelStyle></d:BPMNDiagram>
<d:BPMNDiagram id="D2"><d:BPMNPlane bpmnElement="collab"><d:BPMNShape id="S2" bpmnElement="g"><c:Bounds x="90" y="90" width="50" height="50"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"#;

/// Tags and texts of a file, without what only sets them apart and without the prefixes of BPMN's own names.
fn pieces(file: &str) -> Vec<String> {
    let file = ["m:", "d:", "c:", "i:", "bpmn:", "bpmndi:", "dc:", "di:"]
        .iter()
        .fold(file.to_owned(), |file, prefix| {
            file.replace(&format!("<{prefix}"), "<").replace(&format!("</{prefix}"), "</")
        });
    let tags = file.split('<').flat_map(|piece| match piece.split_once('>') {
        Some((tag, text)) => {
            let tag = tag.trim_end_matches('/');
            let (name, rest) = tag.split_once(' ').unwrap_or((tag, ""));
            let attributes = rest.split("\" ").map(|a| format!("{name} {}", a.trim_end_matches('"')));
            let attributes = attributes.filter(|a| !a.contains("xmlns") && !a.ends_with(' '));
            attributes.chain([name.to_owned(), text.trim().to_owned()]).collect::<Vec<_>>()
        }
        None => Vec::new(),
    });
    let mut pieces: Vec<String> = tags.filter(|p| !p.is_empty() && !p.starts_with('/')).collect();
    pieces.sort();
    pieces
}

#[test]
fn an_export_says_all_that_the_file_said() {
    let import = imported(&model(FOREIGN));
    assert!(import.not_carried.iter().all(|left| left.kept), "{:?}", import.not_carried);
    let file = exported(&import.processes[0]);
    let (mut told, mut again) = (pieces(FOREIGN), pieces(&file));
    told.dedup();
    again.dedup();
    for piece in told {
        assert!(again.contains(&piece), "{piece}\n{file}");
    }
    // Whole, and in the schema's order.
    for part in [
        r#"<other:meta a="&lt;1&gt;">text<other:b/>tail</other:meta>"#,
        r#"<bpmn:operationRef>op</bpmn:operationRef>"#,
        r#"<bpmn:message id="m2" name="Order"/>"#,
        r#"<bpmn:dataObjectReference id="loose" name="Loose"/>"#,
        r#"xmlns:t="urn:types""#,
    ] {
        assert!(file.contains(part), "{part}\n{file}");
    }
    let places: Vec<usize> = [
        "<bpmn:ioSpecification",
        "<bpmn:dataInputAssociation",
        "<bpmn:potentialOwner",
        "<bpmn:multiInstance",
    ]
    .iter()
    .map(|tag| file.find(tag).unwrap())
    .collect();
    assert!(places.is_sorted(), "{file}");
    assert!(!file.contains("styr_send"), "the activity has an input of its own: {file}");
}

#[test]
fn what_means_nothing_is_listed_as_kept_and_what_is_lost_as_left_out() {
    let import = imported(&model(
        r#"<m:process id="p"><m:laneSet><m:lane id="l"><m:flowNodeRef>gone</m:flowNodeRef></m:lane></m:laneSet><m:task id="t" other:a="1"/><m:sequenceFlow id="f" sourceRef="t" targetRef="t"/>
<m:association id="as" sourceRef="t" targetRef="gone"/><m:exclusiveGateway id="g" default="gone"/></m:process>"#,
    ));
    let left: Vec<_> = import.not_carried.iter().map(|n| (n.element.as_str(), n.kept)).collect();
    assert_eq!(left, [("l", false), ("g", true), ("as", true), ("t", true), ("g", true)]);
}

#[test]
fn a_changed_flow_wins_over_what_was_kept() {
    let mut process = imported(&model(FOREIGN)).processes.remove(0);
    let flow = &mut process.flow;
    flow.nodes.retain(|n| n.id != "script");
    flow.sequence_flows.retain(|f| f.id != "f");
    let node = |flow: &mut Flow, id: &str| flow.nodes.iter().position(|n| n.id == id).unwrap();
    let at = node(flow, "s");
    flow.nodes[at].event.as_mut().unwrap().name = Some("Other".into());
    let at = node(flow, "wait");
    flow.nodes[at].event = Some(EventDefinition { kind: EventKind::Signal, ..EventDefinition::default() });
    let at = node(flow, "send");
    flow.nodes[at] = Node { kind: NodeKind::UserTask, event: None, repeat: None, ..flow.nodes[at].clone() };
    flow.lanes[0].name = Some("Named".into());
    assert_eq!(validate(flow), []);
    let file = exported(&process);
    let again = super::super::import(file.as_bytes()).unwrap().processes.remove(0).flow;
    let plain = |flow: &Flow| {
        let mut flow = flow.clone();
        super::super::kept::elements_mut(&mut flow).for_each(|(_, pieces)| pieces.clear());
        flow.extensions.clear();
        flow
    };
    assert_eq!(plain(&again), plain(&process.flow), "{file}");
    assert!(
        !file.contains("timerEventDefinition")
            && !file.contains("multiInstance")
            && !file.contains("a &lt; b")
    );
    assert!(file.contains(r#"<bpmn:userTask id="send""#) && file.contains("potentialOwner"), "{file}");
}

#[test]
fn each_process_of_a_file_keeps_what_concerns_it() {
    let import = imported(&model(
        r#"<m:message id="a" name="A" other:x="1"/><m:message id="b" name="B" other:x="2"/><m:resource id="r"/>
<m:process id="p"><m:startEvent id="s"><m:messageEventDefinition messageRef="a"/></m:startEvent></m:process>
<m:process id="q"><m:startEvent id="t"><m:messageEventDefinition messageRef="b"/></m:startEvent></m:process>"#,
    ));
    let files: Vec<String> = import.processes.iter().map(exported).collect();
    let has = |part: &str| files.iter().map(|f| f.contains(part)).collect::<Vec<_>>();
    assert_eq!(has(r#"<bpmn:message id="a""#), [true, false]);
    assert_eq!(has(r#"<bpmn:message id="b""#), [false, true]);
    assert_eq!(has(r#"<bpmn:resource id="r""#), [true, false]);
    assert_eq!(has("urn:example:other"), [true, true]);
}

#[test]
fn a_caller_may_send_only_what_an_import_could_have_kept() {
    let flow = one_flow(&model(FOREIGN));
    assert_eq!(validate(&flow), []);
    let with = |id: &str, xml: &str| {
        let mut flow = flow.clone();
        match flow.nodes.iter_mut().find(|n| n.id == id) {
            Some(node) => node.extensions = vec![xml.to_owned()],
            None => flow.extensions.push(xml.to_owned()),
        }
        let found: Vec<_> =
            validate(&flow).iter().map(|v| (v.code, v.element.clone().unwrap_or_default())).collect();
        found
    };
    let task =
        |inside: &str| format!(r#"<b:task xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" {inside}"#);
    let refused = |id: &str, xml: &str, code: &str| {
        let found = with(id, xml);
        assert_eq!(found.first().map(|(code, _)| *code), Some(code), "{xml}: {found:?}");
    };
    assert_eq!(with("script", &task(r#"q="1"/>"#)), []);
    refused("script", "<b:task", "extension_invalid");
    refused("script", &task("/><x/>"), "extension_invalid");
    refused("script", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "extension_invalid");
    refused("script", &task("a='\u{0}'/>"), "extension_invalid");
    refused("script", "<script xmlns='http://www.w3.org/1999/xhtml'/>", "extension_misplaced");
    refused("script", &task("/>").replace("task", "process"), "extension_misplaced");
    refused("", &task("/>").replace("b:task", "b:userTask"), "extension_misplaced");
    refused("script", &task("isForCompensation='true'/>"), "extension_contradicts");
    assert_eq!(with("script", &task("><b:standardLoopCharacteristics/></b:task>")), []);
    let process = task("><b:task id='smuggled'/></b:task>")
        .replace("<b:task xmlns", "<b:process xmlns")
        .replace("</b:task>", "</b:process>");
    refused("", &process, "extension_contradicts");
    let two = task("><b:task id='g'/></b:task>")
        .replace("<b:task xmlns", "<b:process xmlns")
        .replace("</b:task>", "</b:process>");
    refused("", &two, "extension_contradicts");
    refused("script", &"x".repeat(MAX_EXTENSIONS + 1), "extensions_too_large");
}
