//! Files made to break a reader.

use proptest::prelude::*;

use super::*;

fn refusal(file: &[u8]) -> (&'static str, String) {
    let fault = import(file).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    (fault.violations[0].code, fault.violations[0].text.en.to_string())
}

#[test]
fn files_that_are_no_bpmn_are_refused_by_name() {
    let wrong_root = "<definitions xmlns='urn:example'><process id='p'/></definitions>";
    let unbound = "<x:definitions><x:process/></x:definitions>";
    let bomb =
        format!("<!DOCTYPE d [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>{}", model("<m:process id='&b;'/>"));
    let external = format!("<!DOCTYPE d SYSTEM 'file:///etc/passwd'>{}", model(""));
    let entity = model("<m:process id='p' name='&nbsp;'/>");
    let in_text = model("<m:process id='p'><m:documentation>&secret;</m:documentation></m:process>");
    let control = model("<m:process id='p' name='&#1;'/>");
    let twice = model("<m:process id='p' id='q'/>");
    let deep = model(&format!("{}{}", "<m:process>".repeat(5000), "</m:process>".repeat(5000)));
    let deep_foreign = model(&format!("{}{}", "<other:a>".repeat(100_000), "</other:a>".repeat(100_000)));
    let prefixes: String = (0..1000).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let prefixes = model(&format!("<m:process id='p'{prefixes}/>"));
    let table = [
        ("", "xml_malformed"),
        ("not xml", "xml_malformed"),
        (wrong_root, "not_bpmn"),
        (unbound, "xml_malformed"),
        (&bomb, "doctype_refused"),
        (&external, "doctype_refused"),
        (&entity, "xml_malformed"),
        (&in_text, "xml_malformed"),
        (&control, "xml_malformed"),
        (&twice, "xml_malformed"),
        (&deep, "nested_too_deep"),
        (&deep_foreign, "nested_too_deep"),
        (&prefixes, "xml_malformed"),
        ("<?xml version='1.0' encoding='EBCDIC-CP-US'?><a/>", "encoding_unknown"),
    ];
    for (file, code) in table {
        assert_eq!(refusal(file.as_bytes()).0, code, "{}", &file[..file.len().min(300)]);
    }
    assert_eq!(refusal(b"<a>\xFF</a>").0, "encoding_broken");
    assert_eq!(refusal(&vec![b' '; MAX_BYTES + 1]).0, "file_too_large");
    let (_, text) = refusal("<a>\n <b>\n</a>".as_bytes());
    assert!(text.contains("line 3, character 1"), "{text}");
}

#[test]
fn a_model_of_a_hundred_thousand_elements_is_refused() {
    let tasks: String = (0..100_000).map(|n| format!("<m:task id='t{n}'/>")).collect();
    assert_eq!(
        refusal(model(&format!("<m:process id='p'>{tasks}</m:process>")).as_bytes()).0,
        "too_many_elements"
    );
}

#[test]
fn many_pools_times_many_processes_are_refused() {
    let pools: String = (0..2000).map(|n| format!("<m:participant id='a{n}' processRef='p{n}'/>")).collect();
    let processes: String = (0..2000).map(|n| format!("<m:process id='p{n}'/>")).collect();
    let file = model(&format!("<m:collaboration id='c'>{pools}</m:collaboration>{processes}"));
    assert_eq!(refusal(file.as_bytes()).0, "too_many_elements");
}

#[test]
fn huge_texts_are_refused_and_not_repeated() {
    let huge = "x".repeat(5_000_000);
    let name = model(&format!("<m:process id='p'><m:task id='t' name='{huge}'/></m:process>"));
    assert_eq!(refusal(name.as_bytes()).0, "text_invalid");
    let target = model(&format!(
        "<m:process id='p'><m:task id='t'/><m:sequenceFlow id='f' sourceRef='t' targetRef='{huge}'/></m:process>"
    ));
    assert!(refusal(target.as_bytes()).1.len() < 1000);
    let id =
        import(model(&format!("<m:process id='p'><m:task id='{huge}'/></m:process>")).as_bytes()).unwrap();
    assert!(id.processes[0].flow.nodes[0].id.len() < 1000);
}

#[test]
fn other_encodings_read_the_same() {
    let text = model("<m:process id='p' name='Ålborg § 1'/>");
    let expected = import(text.as_bytes()).unwrap();
    let utf16 = |unit: fn(u16) -> [u8; 2]| {
        text.replace("UTF-8", "UTF-16").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let with_mark = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
    let latin =
        text.replace("UTF-8", "ISO-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let files: [Vec<u8>; 5] = [
        with_mark(&[0xEF, 0xBB, 0xBF], text.clone().into_bytes()),
        with_mark(&[0xFF, 0xFE], utf16(u16::to_le_bytes)),
        with_mark(&[0xFE, 0xFF], utf16(u16::to_be_bytes)),
        utf16(u16::to_le_bytes),
        latin,
    ];
    for file in files {
        assert_eq!(import(&file).unwrap(), expected);
    }
}

#[test]
fn drawings_that_are_no_numbers_leave_the_element_without_a_place() {
    let shape = |x: &str| {
        model(&format!(
            "<m:process id='p'><m:task id='t'/></m:process><d:BPMNDiagram><d:BPMNPlane><d:BPMNShape bpmnElement='t'><c:Bounds x='{x}' y='0' width='1' height='1'/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"
        ))
    };
    for x in ["NaN", "INF", "1e300", "", "-"] {
        let import = imported(&shape(x));
        assert_eq!(import.processes[0].flow.nodes[0].bounds, None);
        assert_eq!(import.not_carried[0].kind, "BPMNShape");
    }
    assert!(imported(&shape("1e3")).processes[0].flow.nodes[0].bounds.is_some());
}

#[test]
fn links_and_scripts_stay_text() {
    let file = model(
        "<m:process id='p'><m:task id='t' name='javascript:alert(1)'><m:documentation>&lt;a href='data:text/html,x'&gt;</m:documentation>\
         <m:extensionElements><other:script href='javascript:alert(2)'>&lt;script&gt;alert(3)&lt;/script&gt;</other:script></m:extensionElements></m:task></m:process>",
    );
    let import = imported(&file);
    let again = exported(&import.processes[0]);
    assert!(again.contains(
        "<other:script href=\"javascript:alert(2)\">&lt;script&gt;alert(3)&lt;/script&gt;</other:script>"
    ));
    let picture =
        crate::flow::draw::svg(&import.processes[0].flow, &crate::flow::draw::DrawOptions::default());
    assert!(!picture.contains("href") && !picture.contains("<script") && !picture.contains("alert(2)"));
}

#[test]
fn what_many_elements_share_does_not_fill_the_memory() {
    let long = "x".repeat(900_000);
    let ends: String = (0..5000)
        .map(|n| format!("<m:endEvent id='e{n}'><m:messageEventDefinition messageRef='m'/></m:endEvent>"))
        .collect();
    let names = model(&format!("<m:message id='m' name='{long}'/><m:process id='p'>{ends}</m:process>"));
    assert_eq!(refusal(names.as_bytes()).0, "too_much_text");
    let ends = ends.replace(
        "<m:messageEventDefinition messageRef='m'/>",
        "<m:eventDefinitionRef>t</m:eventDefinitionRef>",
    );
    let shared = model(&format!(
        "<m:timerEventDefinition id='t'><m:timeCycle>{long}</m:timeCycle></m:timerEventDefinition><m:process id='p'>{ends}</m:process>"
    ));
    assert_eq!(refusal(shared.as_bytes()).0, "too_much_text");
    let processes: String = (0..2000).map(|n| format!("<m:process id='p{n}' other:x='1'/>")).collect();
    let import = format!("<m:import importType='a' location='{}' namespace='b'/>", "y".repeat(90_000));
    assert_eq!(refusal(model(&format!("{import}{processes}")).as_bytes()).0, "extensions_too_large");
    let chain: String =
        (0..5000).map(|n| format!("<m:itemDefinition id='i{n}' structureRef='i{}'/>", n + 1)).collect();
    let processes: String = (0..200)
        .map(|n| format!("<m:process id='p{n}'><m:property id='q{n}' itemSubjectRef='i0'/></m:process>"))
        .collect();
    assert_eq!(refusal(model(&format!("{chain}{processes}")).as_bytes()).0, "extensions_too_large");
}

#[test]
fn more_from_other_tools_than_a_flow_keeps_is_refused_by_name() {
    let much = "x".repeat(MAX_EXTENSIONS);
    let file = model(&format!(
        "<m:process id='p'><m:extensionElements><other:a>{much}</other:a></m:extensionElements></m:process>"
    ));
    let fault = import(file.as_bytes()).unwrap_err();
    assert_eq!(codes(&fault), [(Some("p"), "extensions_too_large")]);
}

#[test]
fn a_diagram_without_its_model_and_a_model_without_diagram_are_both_fine() {
    let drawn = "<d:BPMNDiagram id='D'><d:BPMNPlane bpmnElement='gone'><d:BPMNShape bpmnElement='gone2'><c:Bounds x='1' y='1' width='1' height='1'/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>";
    let import = imported(&model(&format!("<m:process id='p'><m:task id='t'/></m:process>{drawn}")));
    assert_eq!(import.processes[0].flow.nodes[0].bounds, None);
    assert!(exported(&import.processes[0]).contains("bpmnElement=\"gone2\""));
    assert_eq!(refusal(model(drawn).as_bytes()).0, "no_process");
    assert_eq!(refusal(model("<m:process id='p'>\u{0}</m:process>").as_bytes()).0, "xml_malformed");
}

#[test]
fn namespaces_that_clash_are_kept_apart() {
    let import = imported(&model(
        "<m:process id='p'><m:task id='t'><m:extensionElements><x:a xmlns:x='urn:one' x:b='1'/><x:a xmlns:x='urn:two?a=1&amp;b=2'/><bpmn:a xmlns:bpmn='urn:three' bpmn:c=''/>\
         <a xmlns='urn:four'><b xmlns=''/><x:c xmlns:x='urn:one'>x:q</x:c></a></m:extensionElements></m:task></m:process>",
    ));
    let file = exported(&import.processes[0]);
    for uri in ["urn:one", "urn:two?a=1&amp;b=2", "urn:three", "urn:four", "<b xmlns=\"\"/>"] {
        assert!(file.contains(uri), "{uri}\n{file}");
    }
}

#[test]
fn a_process_within_another_element_is_none() {
    let file = |flow: &str| {
        model(&format!(
            "<m:collaboration id='c'><m:participant id='us' processRef='p'/><m:textAnnotation id='ta'/>\
         <m:association id='as' sourceRef='ta' targetRef='x'/>{flow}</m:collaboration><m:process id='p'/>\
         <m:category id='g'><m:process id='q'/><m:process id='r'><m:task id='x'/></m:process></m:category>\
         <d:BPMNDiagram><d:BPMNPlane><d:BPMNShape bpmnElement='x'><c:Bounds x='1' y='1' width='1' height='1'/></d:BPMNShape></d:BPMNPlane></d:BPMNDiagram>"
        ))
    };
    assert_eq!(imported(&file("")).processes.len(), 1);
    assert_eq!(
        refusal(file("<m:messageFlow id='f' sourceRef='us' targetRef='x'/>").as_bytes()).0,
        "end_unknown"
    );
}

#[test]
fn every_truncation_is_refused() {
    let file = model(APPROVAL);
    for end in 0..file.len() - 1 {
        assert!(import(&file.as_bytes()[..end]).is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..40_usize, 0..6_u8), 1..6),
    ) {
        let mut file = model(&format!("{TWO_POOLS}{APPROVAL}")).into_bytes();
        for (at, from, length, way) in cuts {
            let (at, from) = (at.index(file.len()), from.index(file.len()));
            let piece: Vec<u8> = file[from..(from + length).min(file.len())].to_vec();
            let end = (at + length).min(file.len());
            match way {
                0 => drop(file.drain(at..end)),
                1 => drop(file.splice(at..at, piece)),
                2 => drop(file.splice(at..end, piece)),
                3 => file[at] = u8::try_from(length * 6).unwrap_or(0),
                4 => file[at] ^= 1,
                _ => drop(file.splice(at..end, *b"\"'<>")),
            }
            if file.is_empty() {
                break;
            }
        }
        if let Ok(import) = import(&file) {
            for process in import.processes {
                let again = super::super::import(exported(&process).as_bytes()).unwrap();
                prop_assert_eq!(&again.processes[0].flow, &process.flow);
            }
        }
    }
}
