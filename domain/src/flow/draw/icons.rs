//! The notation's icons as path data around (0, 0).

use super::super::graph::{EventKind, NodeKind};

/// An icon: the part that is filled when it raises, and strokes on top in the colour that shows on it.
pub(super) struct Icon {
    pub(super) body: &'static str,
    pub(super) detail: &'static str,
}

/// An event's icon, for a circle of radius 18.
pub(super) const fn event(kind: EventKind) -> Icon {
    let (body, detail) = match kind {
        EventKind::Message => ("M-9 -6.5H9V6.5H-9Z", "M-9 -6.5L0 1L9 -6.5"),
        EventKind::Timer => (
            "M0 -10.5A10.5 10.5 0 1 1 0 10.5A10.5 10.5 0 1 1 0 -10.5Z",
            "M0 -10.5V-8M0 8V10.5M-10.5 0H-8M8 0H10.5M1.5 -6.5L0 0L4.5 2",
        ),
        EventKind::Error => ("M-8.5 8L-4 -8L2 -0.5L8.5 -8.5L4.5 8L-1.5 1Z", ""),
        EventKind::Escalation => ("M0 -9.5L6.5 8L0 1.5L-6.5 8Z", ""),
        EventKind::Signal => ("M0 -9.5L9 6.5H-9Z", ""),
        EventKind::Conditional => {
            ("M-7 -9H7V9H-7Z", "M-4.5 -5.5H4.5M-4.5 -1.8H4.5M-4.5 1.8H4.5M-4.5 5.5H4.5")
        }
        EventKind::Link => ("M-9.5 -4H2V-8.5L10.5 0L2 8.5V4H-9.5Z", ""),
        EventKind::Compensation => ("M-0.5 -7.5V7.5L-9.5 0ZM8.5 -7.5V7.5L-0.5 0Z", ""),
        EventKind::Cancel => ("M-9 -6L-6 -9L0 -3L6 -9L9 -6L3 0L9 6L6 9L0 3L-6 9L-9 6L-3 0Z", ""),
        EventKind::Terminate => ("M0 -10.5A10.5 10.5 0 1 1 0 10.5A10.5 10.5 0 1 1 0 -10.5Z", ""),
        EventKind::Multiple => ("M0 -9.5L9 -2.9L5.6 7.7H-5.6L-9 -2.9Z", ""),
    };
    Icon { body, detail }
}

/// The icon of a task's type, about 16 pixels wide and high, and whether it is filled.
pub(super) const fn task(kind: NodeKind) -> Option<(Icon, bool)> {
    let (body, detail, filled) = match kind {
        NodeKind::UserTask => (
            "M-3 -0.4C-6.4 1 -8 3.4 -8 7.5H8C8 3.4 6.4 1 3 -0.4C1.6 1.4 -1.6 1.4 -3 -0.4ZM0 -8A4 4 0 1 1 0 0A4 4 0 1 1 0 -8Z",
            "M-4.5 7.5V4.5M4.5 7.5V4.5",
            false,
        ),
        NodeKind::ManualTask => (
            "M-8.5 -2.5L-3.5 -6.5H1.5Q3 -5.8 1.8 -4.4H-1.4H7Q8.6 -3.2 7 -2H8Q9.4 -0.8 8 0.4H7.4Q8.6 1.6 7.2 2.8H6Q7 4 5.6 5H-5L-8.5 3Z",
            "M2 -2H7M2 0.4H7.6M2 2.8H6.6",
            false,
        ),
        NodeKind::ServiceTask => (
            "M-1.6 -5.8L-1.4 -8.3H1.4L1.6 -5.8L3 -5.2L4.8 -6.9L6.9 -4.8L5.2 -3L5.8 -1.6L8.3 -1.4V1.4L5.8 1.6L5.2 3L6.9 4.8L4.8 6.9L3 5.2L1.6 5.8L1.4 8.3H-1.4L-1.6 5.8L-3 5.2L-4.8 6.9L-6.9 4.8L-5.2 3L-5.8 1.6L-8.3 1.4V-1.4L-5.8 -1.6L-5.2 -3L-6.9 -4.8L-4.8 -6.9L-3 -5.2Z",
            "M0 -2.8A2.8 2.8 0 1 1 0 2.8A2.8 2.8 0 1 1 0 -2.8Z",
            false,
        ),
        NodeKind::SendTask => ("M-8 -5.5H8V5.5H-8Z", "M-8 -5.5L0 1L8 -5.5", true),
        NodeKind::ReceiveTask => ("M-8 -5.5H8V5.5H-8Z", "M-8 -5.5L0 1L8 -5.5", false),
        NodeKind::ScriptTask => (
            "M-3.5 -7.5H7.5Q3.5 -4 5.5 0T3.5 7.5H-7.5Q-3.5 4 -5.5 0T-3.5 -7.5Z",
            "M-3.6 -4.2H2.6M-3.4 -1.4H3.2M-2.6 1.4H4M-2.6 4.2H3.4",
            false,
        ),
        NodeKind::BusinessRuleTask => {
            ("M-8 -6H8V6H-8Z", "M-8 -4.2H8M-8 -2.4H8M-8 -3.3H8M-8 1.8H8M-3.2 -2.4V6", false)
        }
        _ => return None,
    };
    Some((Icon { body, detail }, filled))
}

/// What a gateway's diamond of 50 pixels bears, as strokes.
pub(super) const fn gateway(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::ExclusiveGateway => "M-7.5 -8.5L7.5 8.5M7.5 -8.5L-7.5 8.5",
        NodeKind::ParallelGateway => "M0 -11.5V11.5M-11.5 0H11.5",
        NodeKind::InclusiveGateway => "M0 -10A10 10 0 1 1 0 10A10 10 0 1 1 0 -10Z",
        NodeKind::ComplexGateway => "M0 -12V12M-12 0H12M-8 -8L8 8M8 -8L-8 8",
        _ => "",
    }
}

/// The thin circles and the pentagon of an event-based gateway.
pub(super) const EVENT_BASED: &str = "M0 -13A13 13 0 1 1 0 13A13 13 0 1 1 0 -13ZM0 -10.5A10.5 10.5 0 1 1 0 10.5A10.5 10.5 0 1 1 0 -10.5ZM0 -6.5L6.2 -2L3.8 5.3H-3.8L-6.2 -2Z";

/// The markers at an activity's lower edge, 14 pixels wide and high.
pub(super) const LOOP: &str = "M-2.6 5.4A6 6 0 1 1 2.6 5.4M-6.8 6.2L-2.4 5.6L-3.4 1.2";
pub(super) const SEQUENTIAL: &str = "M-6 -5H6M-6 0H6M-6 5H6";
pub(super) const PARALLEL: &str = "M-5 -6V6M0 -6V6M5 -6V6";
pub(super) const COMPENSATION: &str = "M-0.5 -5V5L-7 0ZM6.5 -5V5L0 0Z";
pub(super) const AD_HOC: &str = "M-6.5 1.8C-4.5 -3.6 -1.8 -3 0 -0.6C1.8 1.8 4.5 2.4 6.5 -2.4V0.2C4.5 5 1.8 4.4 0 2C-1.8 -0.4 -4.5 -1 -6.5 4.2Z";
pub(super) const COLLAPSED: &str = "M-7 -7H7V7H-7ZM0 -4.5V4.5M-4.5 0H4.5";

/// The message that a message flow carries, 24 pixels wide.
pub(super) const ENVELOPE: &str = "M-12 -8H12V8H-12ZL0 1L12 -8";

/// The signs of an element's state, in a circle of radius 9.
pub(super) const DONE: &str = "M-4.2 0.2L-1.2 3.4L4.4 -3.2";
pub(super) const CURRENT: &str = "M-2.6 -4.2L4.2 0L-2.6 4.2Z";
pub(super) const FAILED: &str = "M0 -5V1M0 4V4.6";
