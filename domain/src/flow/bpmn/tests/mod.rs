//! Models made for these tests, one for each part of BPMN that a flow holds.

use std::path::{Path, PathBuf};

use super::*;
use crate::flow::{
    AssigneeKind, AssociationKind, DataKind, EventKind, Flow, NodeKind, Repeat, TimerKind, advise, validate,
};
use crate::{Fault, FaultKind};

mod generated;
mod hostile;
mod kept;
mod limits;
mod names;

/// A file with this in its `definitions`, under a prefix of its own.
fn model(content: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<m:definitions xmlns:m="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI"
  xmlns:c="http://www.omg.org/spec/DD/20100524/DC" xmlns:i="http://www.omg.org/spec/DD/20100524/DI"
  xmlns:other="urn:example:other" id="file" targetNamespace="urn:example">{content}</m:definitions>"#
    )
}

fn exported(process: &ImportedProcess) -> String {
    export(&ExportedProcess {
        id: &process.bpmn_id,
        name: process.name.as_deref(),
        documentation: process.documentation.as_deref(),
        executable: None,
        flow: &process.flow,
    })
}

/// The file's processes, each of which must survive an export.
fn imported(file: &str) -> Import {
    let import = super::import(file.as_bytes()).unwrap();
    for process in &import.processes {
        survives(process, &import);
    }
    import
}

/// Checks that an import of the process's export is the same, and so is an export of that.
fn survives(process: &ImportedProcess, import: &Import) {
    let file = exported(process);
    let again = super::import(file.as_bytes()).unwrap();
    assert_eq!(again.processes, std::slice::from_ref(process), "{file}");
    assert_eq!(exported(&again.processes[0]), file);
    assert_eq!(validate(&process.flow), []);
    // What is kept may be listed otherwise, where only other processes of the file use it.
    for left in again.not_carried.iter().filter(|l| !l.kept) {
        assert!(import.not_carried.contains(left), "{left:?}\n{file}");
    }
}

fn one_flow(file: &str) -> Flow {
    imported(file).processes.remove(0).flow
}

fn codes(fault: &Fault) -> Vec<(Option<&str>, &'static str)> {
    assert_eq!(fault.kind, FaultKind::Invalid);
    fault.violations.iter().map(|v| (v.element.as_deref(), v.code)).collect()
}

const APPROVAL: &str = r#"
<m:process id="approval" name="Godkend køb &amp; salg" isExecutable="true">
  <m:documentation>Two
lines</m:documentation>
  <m:laneSet><m:lane id="buyer" name="Indkøber"><m:flowNodeRef>start</m:flowNodeRef><m:flowNodeRef>fill</m:flowNodeRef>
    <m:childLaneSet><m:lane id="senior"><m:flowNodeRef>fill</m:flowNodeRef></m:lane></m:childLaneSet></m:lane></m:laneSet>
  <m:startEvent id="start"><m:outgoing>f1</m:outgoing></m:startEvent>
  <m:userTask id="fill" name="Udfyld &lt;blanket&gt;"><m:documentation>Why</m:documentation></m:userTask>
  <m:exclusiveGateway id="choose" default="no"/>
  <m:endEvent id="end"/><m:endEvent id="gone"><m:terminateEventDefinition/></m:endEvent>
  <m:sequenceFlow id="f1" sourceRef="start" targetRef="fill"/>
  <m:sequenceFlow id="f2" sourceRef="fill" targetRef="choose"/>
  <m:sequenceFlow id="yes" sourceRef="choose" targetRef="end" name="ja"><m:conditionExpression>
    amount &lt; 100 &amp;&amp; ok
  </m:conditionExpression></m:sequenceFlow>
  <m:sequenceFlow id="no" sourceRef="choose" targetRef="gone"/>
</m:process>
<d:BPMNDiagram><d:BPMNPlane bpmnElement="approval">
  <d:BPMNShape bpmnElement="buyer"><c:Bounds x="0" y="0" width="600" height="200"/></d:BPMNShape>
  <d:BPMNShape bpmnElement="start"><c:Bounds x="10.5" y="-7" width="36" height="36"/>
    <d:BPMNLabel><c:Bounds x="1" y="2" width="3" height="4"/></d:BPMNLabel></d:BPMNShape>
  <d:BPMNShape bpmnElement="fill"><c:Bounds x="100" y="0" width="100" height="80"/></d:BPMNShape>
  <d:BPMNEdge bpmnElement="f1"><i:waypoint x="46.5" y="11"/><i:waypoint x="100" y="11"/></d:BPMNEdge>
</d:BPMNPlane></d:BPMNDiagram>"#;

#[test]
fn a_process_keeps_its_texts_ids_conditions_lanes_and_places() {
    let import = imported(&model(APPROVAL));
    assert_eq!(import.not_carried, []);
    let process = &import.processes[0];
    assert_eq!(process.bpmn_id, "approval");
    assert_eq!(process.name.as_deref(), Some("Godkend køb & salg"));
    assert_eq!(process.documentation.as_deref(), Some("Two\nlines"));
    assert!(
        exported(process)
            .contains(r#"<bpmn:process id="approval" name="Godkend køb &amp; salg" isExecutable="true">"#)
    );
    let flow = &process.flow;
    let ids: Vec<&str> = flow.nodes.iter().map(|n| n.id.as_str()).collect();
    assert_eq!(ids, ["start", "fill", "choose", "end", "gone"]);
    let fill = &flow.nodes[1];
    assert_eq!((fill.kind, fill.name.as_deref()), (NodeKind::UserTask, Some("Udfyld <blanket>")));
    assert_eq!(fill.lane.as_deref(), Some("senior"));
    assert_eq!(flow.nodes[0].lane.as_deref(), Some("buyer"));
    assert_eq!(flow.nodes[2].default_flow.as_deref(), Some("no"));
    assert_eq!(flow.sequence_flows[2].condition.as_deref(), Some("amount < 100 && ok"));
    assert_eq!(flow.lanes[1].parent.as_deref(), Some("buyer"));
    let start = flow.nodes[0].bounds.unwrap();
    assert_eq!((start.x, start.y, start.width), (10.5, -7.0, 36.0));
    assert_eq!(flow.nodes[0].label.unwrap().height, 4.0);
    assert_eq!(flow.sequence_flows[0].waypoints[1].x, 100.0);
}

#[test]
fn a_line_without_points_is_drawn_straight_but_not_kept() {
    let mut flow = one_flow(&model(APPROVAL));
    flow.sequence_flows[0].waypoints.clear();
    let process = ExportedProcess { id: "p", name: None, documentation: None, executable: None, flow: &flow };
    let file = export(&process);
    assert!(file.contains(r#"<di:waypoint x="100""#), "{file}");
    assert_eq!(super::import(file.as_bytes()).unwrap().processes[0].flow, flow);
}

#[test]
fn every_kind_of_event_is_read_with_what_it_refers_to() {
    let flow = one_flow(&model(
        r#"
<m:message id="m" name="Ordre"/><m:signal id="s" name="Signal"/><m:error id="e" name="Fejl" errorCode="E1"/>
<m:escalation id="x" escalationCode="X1"/><m:timerEventDefinition id="shared"><m:timeCycle>R3/PT1H</m:timeCycle></m:timerEventDefinition>
<m:process id="p">
  <m:startEvent id="a" isInterrupting="false"><m:messageEventDefinition messageRef="m"/></m:startEvent>
  <m:intermediateCatchEvent id="b"><m:timerEventDefinition><m:timeDuration> P1D </m:timeDuration></m:timerEventDefinition></m:intermediateCatchEvent>
  <m:intermediateCatchEvent id="c"><m:eventDefinitionRef>shared</m:eventDefinitionRef></m:intermediateCatchEvent>
  <m:intermediateCatchEvent id="d"><m:conditionalEventDefinition><m:condition>stock == 0</m:condition></m:conditionalEventDefinition></m:intermediateCatchEvent>
  <m:intermediateThrowEvent id="f"><m:linkEventDefinition name="L"/></m:intermediateThrowEvent>
  <m:intermediateCatchEvent id="g"><m:linkEventDefinition name="L"/></m:intermediateCatchEvent>
  <m:intermediateThrowEvent id="h"><m:compensateEventDefinition activityRef="task"/></m:intermediateThrowEvent>
  <m:intermediateCatchEvent id="i" parallelMultiple="true"><m:messageEventDefinition messageRef="m"/><m:signalEventDefinition signalRef="s"/></m:intermediateCatchEvent>
  <m:transaction id="task"/>
  <m:boundaryEvent id="j" attachedToRef="task" cancelActivity="false"><m:escalationEventDefinition escalationRef="x"/></m:boundaryEvent>
  <m:boundaryEvent id="k" attachedToRef="task"><m:cancelEventDefinition/></m:boundaryEvent>
  <m:endEvent id="l"><m:errorEventDefinition errorRef="e"/></m:endEvent>
  <m:receiveTask id="r" messageRef="m"/>
</m:process>"#,
    ));
    let event = |id: &str| flow.nodes.iter().find(|n| n.id == id).unwrap().event.clone().unwrap();
    assert_eq!(event("a").name.as_deref(), Some("Ordre"));
    assert_eq!(
        (event("b").timer, event("b").expression.as_deref()),
        (Some(TimerKind::Duration), Some("P1D"))
    );
    assert_eq!(
        (event("c").timer, event("c").expression.as_deref()),
        (Some(TimerKind::Cycle), Some("R3/PT1H"))
    );
    assert_eq!(event("d").expression.as_deref(), Some("stock == 0"));
    assert_eq!((event("f").kind, event("f").name.as_deref()), (EventKind::Link, Some("L")));
    assert_eq!(event("h").activity.as_deref(), Some("task"));
    assert_eq!((event("i").kind, event("i").parallel), (EventKind::Multiple, Some(true)));
    assert_eq!(event("i").definitions[1].name.as_deref(), Some("Signal"));
    assert_eq!((event("j").code.as_deref(), event("k").kind), (Some("X1"), EventKind::Cancel));
    assert_eq!((event("l").name.as_deref(), event("l").code.as_deref()), (Some("Fejl"), Some("E1")));
    assert_eq!(event("r").name.as_deref(), Some("Ordre"));
}

#[test]
fn activities_keep_their_kind_nesting_and_repetition() {
    let import = imported(&model(
        r#"<m:process id="p">
  <m:subProcess id="outer"><m:multiInstanceLoopCharacteristics isSequential="true"><m:loopCardinality>3</m:loopCardinality></m:multiInstanceLoopCharacteristics>
    <m:startEvent id="s1"/><m:adHocSubProcess id="inner"><m:manualTask id="deep" isForCompensation="true"/><m:ordering/></m:adHocSubProcess>
    <m:subProcess id="handler" triggeredByEvent="true"/></m:subProcess>
  <m:callActivity id="call" calledElement="other:sub"/>
  <m:scriptTask id="script" scriptFormat="js"><m:script>1</m:script><m:standardLoopCharacteristics/></m:scriptTask>
  <m:serviceTask id="service" other:topic="t"><m:extensionElements><other:input/><other:input/></m:extensionElements></m:serviceTask>
  <m:businessRuleTask id="rule"/><m:sendTask id="send"/><m:parallelGateway id="g1"/><m:inclusiveGateway id="g2"/>
  <m:eventBasedGateway id="g3"/><m:complexGateway id="g4"/>
</m:process>
<d:BPMNDiagram><d:BPMNPlane bpmnElement="p"><d:BPMNShape bpmnElement="outer"><c:Bounds x="0" y="0" width="9" height="9"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>
<d:BPMNDiagram><d:BPMNPlane bpmnElement="outer"><d:BPMNShape bpmnElement="s1"><c:Bounds x="1" y="0" width="9" height="9"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"#,
    ));
    let flow = &import.processes[0].flow;
    let node = |id: &str| flow.nodes.iter().find(|n| n.id == id).unwrap();
    assert_eq!(node("outer").repeat, Some(Repeat::MultiInstanceSequential));
    assert_eq!((node("outer").expanded, node("s1").bounds.unwrap().x), (None, 1.0));
    assert_eq!(node("deep").parent.as_deref(), Some("inner"));
    assert_eq!((node("deep").for_compensation, node("handler").triggered_by_event), (Some(true), Some(true)));
    assert_eq!(node("call").calls.as_deref(), Some("sub"));
    assert_eq!(node("script").repeat, Some(Repeat::Loop));
    let left: Vec<(&str, &str)> =
        import.not_carried.iter().map(|n| (n.element.as_str(), n.kind.as_str())).collect();
    let expected = [
        ("outer", "loopCardinality"),
        ("inner", "ordering"),
        ("script", "scriptTask"),
        ("script", "script"),
        ("service", "serviceTask"),
        ("service", "extensionElements"),
    ];
    assert_eq!(left, expected);
    assert_eq!(
        import.not_carried[5].reason.en,
        "Kept, but means nothing in Styr: settings of other tools: other:input."
    );
}

const TWO_POOLS: &str = r#"
<m:collaboration id="c">
  <m:participant id="us" name="Os" processRef="ours"/><m:participant id="them" name="Dem" processRef="theirs"/>
  <m:participant id="box" name="Bank"/>
  <m:messageFlow id="mf1" sourceRef="send" targetRef="receive"/><m:messageFlow id="mf2" sourceRef="box" targetRef="us"/>
  <m:textAnnotation id="note"><m:text>Se her</m:text></m:textAnnotation><m:association id="as" sourceRef="note" targetRef="receive"/>
</m:collaboration>
<m:process id="ours"><m:sendTask id="send"/></m:process>
<m:process id="theirs"><m:receiveTask id="receive"/></m:process>
<d:BPMNDiagram><d:BPMNPlane bpmnElement="c"><d:BPMNShape bpmnElement="us" isHorizontal="false"><c:Bounds x="0" y="0" width="9" height="9"/></d:BPMNShape>
  <d:BPMNShape bpmnElement="send"><c:Bounds x="1" y="0" width="9" height="9"/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"#;

#[test]
fn each_process_of_a_collaboration_knows_the_others_from_outside() {
    let import = imported(&model(TWO_POOLS));
    let [ours, theirs] = &import.processes[..] else { panic!("{import:?}") };
    assert_eq!((ours.name.as_deref(), theirs.name.as_deref()), (Some("Os"), Some("Dem")));
    let pools: Vec<_> =
        theirs.flow.pools.iter().map(|p| (p.id.as_str(), p.own, p.process.as_deref())).collect();
    assert_eq!(pools, [("us", false, Some("ours")), ("them", true, None), ("box", false, None)]);
    assert_eq!(ours.flow.pools[0].vertical, Some(true));
    let messages =
        |f: &Flow| f.message_flows.iter().map(|m| (m.id.clone(), m.other_pool.clone())).collect::<Vec<_>>();
    assert_eq!(messages(&ours.flow), [("mf1".into(), Some("them".into())), ("mf2".into(), None)]);
    assert_eq!(messages(&theirs.flow), [("mf1".into(), Some("us".into()))]);
    assert_eq!((ours.flow.artifacts.len(), theirs.flow.artifacts[0].text.as_deref()), (0, Some("Se her")));
    assert_eq!(theirs.flow.associations.len(), 1);
    // The node of the other process is not in the file, so the message flow ends at its pool.
    assert!(exported(ours).contains(r#"sourceRef="send" targetRef="them" styr:target="receive""#));
}

#[test]
fn messages_to_a_process_without_a_pool_give_it_one() {
    let file = TWO_POOLS.replace(r#"<m:participant id="them" name="Dem" processRef="theirs"/>"#, "");
    let import = imported(&model(&file));
    let pools = &import.processes[1].flow.pools;
    assert_eq!(pools.iter().filter(|p| p.own).count(), 1);
    assert_eq!(import.processes[1].flow.message_flows.len(), 1);
}

#[test]
fn data_and_artifacts_are_kept_with_their_associations() {
    let flow = one_flow(&model(
        r#"<m:dataStore id="db" name="Arkiv"/><m:category><m:categoryValue id="cv" value="Fase 1"/></m:category>
<m:process id="p">
  <m:ioSpecification><m:dataInput id="in" name="Sag"/><m:inputSet><m:dataInputRefs>in</m:dataInputRefs></m:inputSet><m:outputSet/></m:ioSpecification>
  <m:dataObject id="o" isCollection="true"/><m:dataObjectReference id="r" name="Bilag" dataObjectRef="o"><m:dataState name="ny"/></m:dataObjectReference>
  <m:dataStoreReference id="st" dataStoreRef="db"/>
  <m:task id="t"><m:ioSpecification><m:dataInput id="ti"/><m:inputSet/><m:outputSet/></m:ioSpecification>
    <m:dataInputAssociation id="ia"><m:sourceRef>r</m:sourceRef><m:targetRef>ti</m:targetRef></m:dataInputAssociation>
    <m:dataOutputAssociation id="oa"><m:targetRef>st</m:targetRef></m:dataOutputAssociation></m:task>
  <m:group id="g" categoryValueRef="cv"/>
</m:process>"#,
    ));
    let data: Vec<_> = flow.data.iter().map(|d| (d.id.as_str(), d.kind, d.name.as_deref())).collect();
    let expected = [
        ("in", DataKind::Input, Some("Sag")),
        ("r", DataKind::Object, Some("Bilag")),
        ("st", DataKind::Store, Some("Arkiv")),
    ];
    assert_eq!(data, expected);
    assert_eq!((flow.data[1].collection, flow.data[1].state.as_deref()), (Some(true), Some("ny")));
    let ends: Vec<_> =
        flow.associations.iter().map(|a| (a.kind, a.source.as_str(), a.target.as_str())).collect();
    assert_eq!(ends, [(AssociationKind::DataInput, "r", "t"), (AssociationKind::DataOutput, "t", "st")]);
    assert_eq!(flow.artifacts[0].text.as_deref(), Some("Fase 1"));
}

#[test]
fn a_step_written_by_hand_is_read() {
    let flow = one_flow(&model(
        r#"<m:process id="p"><m:userTask id="t"><m:extensionElements>
  <x:step xmlns:x="urn:styr:bpmn:1" formId="01890a5d-ac96-774b-bcce-b302099a8057" maySendBack="true"><x:assignee type="group" groupId="01890a5d-ac96-774b-bcce-b302099a8058"/></x:step>
</m:extensionElements></m:userTask></m:process>"#,
    ));
    let step = flow.nodes[0].step.clone().unwrap();
    assert_eq!(step.form_id.unwrap().to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
    assert_eq!((step.may_send_back, step.assignee.unwrap().kind), (Some(true), AssigneeKind::Group));
}

#[test]
fn elements_without_a_valid_id_get_one_and_are_still_found() {
    let import = imported(&model(
        r#"<m:process><m:task id="første opgave"/><m:task id="2"/><m:sequenceFlow sourceRef="første opgave" targetRef="2"/></m:process>"#,
    ));
    let flow = &import.processes[0].flow;
    assert_eq!((flow.nodes[0].id.as_str(), flow.nodes[1].id.as_str()), ("første_opgave", "_2"));
    assert_eq!(
        (flow.sequence_flows[0].source.as_str(), flow.sequence_flows[0].target.as_str()),
        ("første_opgave", "_2")
    );
    assert_eq!(import.not_carried.len(), 2);
}

#[test]
fn what_a_model_gets_wrong_is_told_element_by_element() {
    let file = model(
        r#"<m:process id="p"><m:task id="a"/><m:sequenceFlow id="f" sourceRef="a" targetRef="gone"/>
<m:startEvent id="s"/><m:sequenceFlow id="h" sourceRef="a" targetRef="s"/><m:boundaryEvent id="b"/>
<m:sequenceFlow id="x" sourceRef="a" targetRef="other"/></m:process><m:process id="q"><m:task id="other"/></m:process>"#,
    );
    let fault = super::import(file.as_bytes()).unwrap_err();
    let expected = [
        (Some("b"), "attached_to_unknown"),
        (Some("f"), "end_unknown"),
        (Some("h"), "enters_start_event"),
        (Some("x"), "crosses_pools"),
    ];
    assert_eq!(codes(&fault), expected);
    let clash = model(r#"<m:process id="p"><m:task id="a"/><m:task id="a"/></m:process>"#);
    assert_eq!(codes(&super::import(clash.as_bytes()).unwrap_err()), [(Some("a"), "id_clash")]);
    let none = model(r#"<m:collaboration id="c"/>"#);
    assert_eq!(codes(&super::import(none.as_bytes()).unwrap_err()), [(None, "no_process")]);
}

fn models(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            models(&path, found);
        } else if path.extension().is_some_and(|e| e == "bpmn") {
            found.push(path);
        }
    }
}

#[test]
#[ignore = "needs models made by others, in the folder bpmn of STYR_SHARED_DATA"]
fn shared_data_models_of_other_tools_survive_an_export() {
    let Some(folder) = std::env::var_os("STYR_SHARED_DATA") else {
        return eprintln!("STYR_SHARED_DATA is not set: nothing is checked");
    };
    let mut files = Vec::new();
    models(&Path::new(&folder).join("bpmn"), &mut files);
    for file in files {
        match super::import(&std::fs::read(&file).unwrap()) {
            Err(fault) => {
                assert!(!codes(&fault).is_empty(), "{file:?}");
            }
            Ok(import) => {
                eprintln!("{file:?}");
                for process in &import.processes {
                    let _ = advise(&process.flow);
                    survives(process, &import);
                }
            }
        }
    }
}
