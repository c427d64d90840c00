//! The landscape of the demonstration: what a municipality does, and how.

use styr_domain::flow::NodeKind::{
    EndEvent, ExclusiveGateway, ManualTask, ParallelGateway, SendTask, ServiceTask, StartEvent, UserTask,
};
use styr_domain::flow::{Flow, Lane, Node, NodeKind, Pool, SequenceFlow};

/// A drawing in short: lanes, nodes with the lane they lie in, and ways between nodes with their labels.
pub(super) struct Drawing {
    pub(super) lanes: &'static [&'static str],
    pub(super) nodes: &'static [(NodeKind, usize, &'static str)],
    pub(super) ways: &'static [(usize, usize, &'static str)],
}

impl Drawing {
    /// The flow; its nodes and sequence flows stand in the order of the drawing.
    pub(super) fn flow(&self) -> Flow {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let nodes = self.nodes.iter().enumerate().map(|(at, (kind, lane, name))| Node {
            id: format!("node_{at}"),
            kind: *kind,
            name: text(name),
            lane: Some(format!("lane_{lane}")),
            ..Node::default()
        });
        let ways = self.ways.iter().enumerate().map(|(at, (source, target, label))| SequenceFlow {
            id: format!("way_{at}"),
            name: text(label),
            source: format!("node_{source}"),
            target: format!("node_{target}"),
            ..SequenceFlow::default()
        });
        let lanes = self.lanes.iter().enumerate();
        let lanes =
            lanes.map(|(at, name)| Lane { id: format!("lane_{at}"), name: text(name), ..Lane::default() });
        let pool = Pool { id: "pool".to_owned(), name: text(super::NAME), own: true, ..Pool::default() };
        Flow {
            nodes: nodes.collect(),
            sequence_flows: ways.collect(),
            lanes: lanes.collect(),
            pools: vec![pool],
            ..Flow::default()
        }
    }
}

/// The process groups: code and title. A group lies in the one whose code is its own without the last part.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("1", "Borgerservice"),
    ("1.1", "Flytning og adresse"),
    ("1.2", "Aktindsigt"),
    ("2", "Børn og skole"),
    ("2.1", "Dagtilbud"),
    ("2.2", "Skole"),
    ("3", "Sundhed og omsorg"),
    ("3.1", "Hjemmehjælp"),
    ("3.2", "Plejebolig"),
    ("4", "Personale og økonomi"),
    ("4.1", "Ansættelse"),
    ("4.2", "Ferie og fravær"),
    ("4.3", "Indkøb"),
];

/// What becomes of a process of the demonstration.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is published.
    Live,
    /// It stays a draft that only its people see.
    Draft,
    /// It is published, and set aside.
    Frozen,
}

/// A process of the demonstration.
pub(super) struct Sketch {
    pub(super) group: &'static str,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) purpose: &'static str,
    pub(super) fate: Fate,
    pub(super) drawing: Drawing,
}

pub(super) const PROCESSES: &[Sketch] = &[
    Sketch {
        group: "1.1",
        code: "1.1.1",
        title: "Registrér en flytning",
        purpose: "At borgeren står på den rigtige adresse fra flyttedagen.",
        fate: Fate::Live,
        drawing: Drawing {
            lanes: &["Borger", "Borgerservice"],
            nodes: &[
                (StartEvent, 0, "Borgeren skal flytte"),
                (UserTask, 0, "Anmeld flytning"),
                (ServiceTask, 1, "Slå adressen op"),
                (ExclusiveGateway, 1, "Findes adressen?"),
                (UserTask, 1, "Afklar adressen med borgeren"),
                (ServiceTask, 1, "Registrér flytningen"),
                (SendTask, 1, "Send bekræftelse"),
                (EndEvent, 1, "Flytningen er registreret"),
            ],
            ways: &[
                (0, 1, ""),
                (1, 2, ""),
                (2, 3, ""),
                (3, 5, "Ja"),
                (3, 4, "Nej"),
                (4, 5, ""),
                (5, 6, ""),
                (6, 7, ""),
            ],
        },
    },
    Sketch {
        group: "1.2",
        code: "1.2.1",
        title: "Behandl en anmodning om aktindsigt",
        purpose: "At den, der beder om aktindsigt, får svar inden syv arbejdsdage.",
        fate: Fate::Live,
        drawing: Drawing {
            lanes: &["Borgerservice", "Fagforvaltning", "Jurist"],
            nodes: &[
                (StartEvent, 0, "Anmodning modtaget"),
                (UserTask, 0, "Find ud af, hvad der ønskes"),
                (UserTask, 1, "Find sagens dokumenter"),
                (UserTask, 2, "Vurdér, hvad der kan udleveres"),
                (ExclusiveGateway, 2, "Fuld aktindsigt?"),
                (UserTask, 2, "Overstreg det, der undtages"),
                (SendTask, 0, "Send afgørelse og dokumenter"),
                (EndEvent, 0, "Besvaret"),
            ],
            ways: &[
                (0, 1, ""),
                (1, 2, ""),
                (2, 3, ""),
                (3, 4, ""),
                (4, 6, "Ja"),
                (4, 5, "Nej"),
                (5, 6, ""),
                (6, 7, ""),
            ],
        },
    },
    Sketch {
        group: "2.1",
        code: "2.1.1",
        title: "Anvis en plads i dagtilbud",
        purpose: "At familien får en plads til den dato, de har brug for den.",
        fate: Fate::Live,
        drawing: Drawing {
            lanes: &["Forældre", "Pladsanvisning", "Institution"],
            nodes: &[
                (StartEvent, 0, "Barnet skrives op"),
                (UserTask, 0, "Angiv ønsker"),
                (UserTask, 1, "Find ledig plads"),
                (ExclusiveGateway, 1, "Plads i det ønskede?"),
                (UserTask, 1, "Tilbyd en anden institution"),
                (UserTask, 0, "Tag imod tilbuddet"),
                (ManualTask, 2, "Byd velkommen"),
                (EndEvent, 2, "Barnet er begyndt"),
            ],
            ways: &[
                (0, 1, ""),
                (1, 2, ""),
                (2, 3, ""),
                (3, 5, "Ja"),
                (3, 4, "Nej"),
                (4, 5, ""),
                (5, 6, ""),
                (6, 7, ""),
            ],
        },
    },
    Sketch {
        group: "2.2",
        code: "2.2.1",
        title: "Indskriv en elev",
        purpose: "At barnet har en klasse, og at skolen ved det nødvendige, før første skoledag.",
        fate: Fate::Live,
        drawing: Drawing {
            lanes: &["Forældre", "Skolens kontor", "Lærer"],
            nodes: &[
                (StartEvent, 0, "Indskrivningen åbner"),
                (UserTask, 0, "Indskriv barnet"),
                (ParallelGateway, 1, ""),
                (UserTask, 1, "Fordel i klasser"),
                (UserTask, 2, "Tal med børnehaven"),
                (ParallelGateway, 1, ""),
                (SendTask, 1, "Send velkomstbrev"),
                (EndEvent, 1, "Eleven er indskrevet"),
            ],
            ways: &[
                (0, 1, ""),
                (1, 2, ""),
                (2, 3, ""),
                (2, 4, ""),
                (3, 5, ""),
                (4, 5, ""),
                (5, 6, ""),
                (6, 7, ""),
            ],
        },
    },
    Sketch {
        group: "3.1",
        code: "3.1.1",
        title: "Bevilg hjemmehjælp",
        purpose: "At borgeren får den hjælp, som behovet og kvalitetsstandarden giver ret til.",
        fate: Fate::Live,
        drawing: HOME_HELP,
    },
    Sketch {
        group: "3.2",
        code: "3.2.1",
        title: "Tildel en plejebolig",
        purpose: "At den, der ikke kan bo hjemme længere, får en plejebolig inden to måneder.",
        fate: Fate::Draft,
        drawing: Drawing {
            lanes: &["Visitation", "Plejecenter"],
            nodes: &[
                (StartEvent, 0, "Ansøgning modtaget"),
                (UserTask, 0, "Besøg borgeren"),
                (UserTask, 0, "Skriv på venteliste"),
                (UserTask, 1, "Meld ledig bolig"),
                (UserTask, 0, "Tilbyd boligen"),
                (EndEvent, 0, "Boligen er tildelt"),
            ],
            ways: &[(0, 1, ""), (1, 2, ""), (2, 3, ""), (3, 4, ""), (4, 5, "")],
        },
    },
    Sketch {
        group: "4.1",
        code: "4.1.1",
        title: "Ansæt en medarbejder",
        purpose: "At en ny medarbejder har kontrakt, adgange og plads på første arbejdsdag.",
        fate: Fate::Live,
        drawing: Drawing {
            lanes: &["Leder", "Personale", "It"],
            nodes: &[
                (StartEvent, 0, "Stillingen er besat"),
                (UserTask, 0, "Anmeld ansættelsen"),
                (ParallelGateway, 1, ""),
                (UserTask, 1, "Skriv kontrakt"),
                (UserTask, 1, "Indhent børneattest"),
                (ServiceTask, 2, "Opret adgange"),
                (ParallelGateway, 1, ""),
                (ManualTask, 0, "Tag imod den nye"),
                (EndEvent, 0, "Medarbejderen er begyndt"),
            ],
            ways: &[
                (0, 1, ""),
                (1, 2, ""),
                (2, 3, ""),
                (2, 4, ""),
                (2, 5, ""),
                (3, 6, ""),
                (4, 6, ""),
                (5, 6, ""),
                (6, 7, ""),
                (7, 8, ""),
            ],
        },
    },
    Sketch {
        group: "4.3",
        code: "4.3.1",
        title: "Køb ind på papir",
        purpose: "Den gamle gang, fra før indkøbssystemet; gemt, fordi gamle bilag henviser til den.",
        fate: Fate::Frozen,
        drawing: Drawing {
            lanes: &["Rekvirent", "Økonomi"],
            nodes: &[
                (StartEvent, 0, "Noget mangler"),
                (ManualTask, 0, "Udfyld rekvisition"),
                (ManualTask, 1, "Godkend og bestil"),
                (EndEvent, 1, "Bestilt"),
            ],
            ways: &[(0, 1, ""), (1, 2, ""), (2, 3, "")],
        },
    },
];

/// Home help: a process of the landscape, and the flow that its workflow runs.
pub(super) const HOME_HELP: Drawing = Drawing {
    lanes: &["Borger", "Visitation", "Hjemmepleje"],
    nodes: &[
        (StartEvent, 0, "Behov for hjælp"),
        (UserTask, 0, "Ansøg"),
        (UserTask, 1, "Vurdér behovet"),
        (ExclusiveGateway, 1, "Bevilget?"),
        (UserTask, 2, "Planlæg hjælpen"),
        (EndEvent, 2, "Hjælpen er på plads"),
        (EndEvent, 1, "Afslag"),
    ],
    ways: &[(0, 1, ""), (1, 2, ""), (2, 3, ""), (3, 4, "Ja"), (3, 6, "Nej"), (4, 5, "")],
};

/// Leave: the flow of the school's workflow.
pub(super) const LEAVE: Drawing = Drawing {
    lanes: &["Medarbejder", "Ledelse", "Personale"],
    nodes: &[
        (StartEvent, 0, "Ønske om ferie"),
        (UserTask, 0, "Skriv ønsket"),
        (UserTask, 1, "Tag stilling"),
        (ExclusiveGateway, 1, "Mere end ti dage?"),
        (UserTask, 2, "Find en vikar"),
        (EndEvent, 2, "Ferie med vikar"),
        (EndEvent, 1, "Afgjort"),
    ],
    ways: &[(0, 1, ""), (1, 2, ""), (2, 3, ""), (3, 4, "Ja"), (3, 6, "Nej"), (4, 5, "")],
};
