//! Rights (pure).

use crane_shared::api::Authorization;

/// What can be asked of the manager, as finely as rights differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Lists, single things, live figures and history of nodes, containers and services.
    Look,
    /// What this manager counts about itself.
    ReadMetrics,
    /// Logs, and the raw inspect of a container: both can hold what an application keeps secret.
    ReadLogs,
    /// A process inside a container.
    OpenShell,
    /// Lists a user's own API tokens and takes them away.
    ManageOwnTokens,
    /// Makes an API token.
    MintTokens,
    /// Join tokens and the removal of nodes.
    ManageNodes,
    /// Who did what.
    ReadAudit,
}

impl Action {
    /// Every action; tests walk it.
    pub const ALL: [Self; 8] = [
        Self::Look,
        Self::ReadMetrics,
        Self::ReadLogs,
        Self::OpenShell,
        Self::ManageOwnTokens,
        Self::MintTokens,
        Self::ManageNodes,
        Self::ReadAudit,
    ];

    /// True for what only a person who signed in may do: a stolen API token must not be able to make
    /// itself permanent by minting another.
    #[must_use]
    pub const fn needs_a_person(self) -> bool {
        matches!(self, Self::MintTokens)
    }
}

/// Whether `role` may do `action`. The only place that decides it.
#[must_use]
pub const fn allows(role: Authorization, action: Action) -> bool {
    match action {
        Action::Look | Action::ReadMetrics | Action::ManageOwnTokens | Action::MintTokens => true,
        Action::ReadLogs | Action::OpenShell => matches!(role, Authorization::Operator | Authorization::Admin),
        Action::ManageNodes | Action::ReadAudit => matches!(role, Authorization::Admin),
    }
}

/// Whether a bearer of `role` may hand out `wanted`: never more than it has.
#[must_use]
pub(super) const fn covers(role: Authorization, wanted: Authorization) -> bool {
    rank(wanted) <= rank(role)
}

const fn rank(role: Authorization) -> u8 {
    match role {
        Authorization::Viewer => 0,
        Authorization::Operator => 1,
        Authorization::Admin => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Authorization::{Admin, Operator, Viewer};

    /// Every cell of the matrix is written down, so that a change of rights is a change of this table.
    #[test]
    fn every_role_may_do_exactly_this() {
        let table = [
            (Action::Look, [true, true, true]),
            (Action::ReadMetrics, [true, true, true]),
            (Action::ReadLogs, [false, true, true]),
            (Action::OpenShell, [false, true, true]),
            (Action::ManageOwnTokens, [true, true, true]),
            (Action::MintTokens, [true, true, true]),
            (Action::ManageNodes, [false, false, true]),
            (Action::ReadAudit, [false, false, true]),
        ];
        assert_eq!(table.map(|(action, _)| action), Action::ALL);
        for (action, cells) in table {
            for (role, may) in [Viewer, Operator, Admin].into_iter().zip(cells) {
                assert_eq!(allows(role, action), may, "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn nobody_hands_out_more_than_they_have() {
        assert!(covers(Admin, Admin) && covers(Operator, Viewer));
        assert!(!covers(Viewer, Operator) && !covers(Operator, Admin));
    }
}
